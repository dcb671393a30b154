"""Adds up numbers, and crashes on the way. Its progress is in the arena of its host."""

import os
import signal

import lina

progress = lina.array("progress")  # what is done, and the sum
start = progress[0]
print(f"Python  begins at {start} with the sum {progress[1]}", flush=True)
for number in range(start, 30):
    if number == start + 12:
        os.kill(os.getpid(), signal.SIGSEGV)  # as a fault in C code would
    progress[1] += number
    progress[0] = number + 1
print(f"Python  the sum is {progress[1]}")
