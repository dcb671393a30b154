"""The peers from Python's standard library, for peers_python.cpp.

Reads lines `OPERATION CORE CORE COUNT` on standard input (a core of -1 means any core). For each line, does
the operation COUNT times and prints how many nanoseconds that took.
"""

import multiprocessing
import os
import sys
import threading
from multiprocessing.shared_memory import SharedMemory
from time import perf_counter_ns, thread_time_ns

CORES = os.sched_getaffinity(0)


def settle(core):
    os.sched_setaffinity(0, CORES if core < 0 else {core})


def answer(ping, pong, count, core):
    settle(core)
    for _ in range(count):
        ping.wait()
        ping.clear()
        pong.set()


def round_trips(make_partner, make_event):
    def run(cores, count):
        ping, pong = make_event(), make_event()
        warm_up = 2
        partner = make_partner(target=answer, args=(ping, pong, count + warm_up, cores[1]))
        settle(cores[0])
        partner.start()
        for i in range(count + warm_up):
            if i == warm_up:
                start = perf_counter_ns()
            ping.set()
            pong.wait()
            pong.clear()
        end = perf_counter_ns()
        partner.join()
        return end - start

    return run


def take_all(queue, count, core, done):
    settle(core)
    for _ in range(count):
        queue.get()
    done.send(None)


def queue_of(nbytes):
    """Moves messages through a queue of eight, from one process to another."""

    def run(cores, count):
        context = multiprocessing.get_context("fork")
        queue, message = context.Queue(8), bytes(nbytes)
        here, there = context.Pipe()
        warm_up = 2
        taker = context.Process(target=take_all, args=(queue, count + warm_up, cores[1], there))
        settle(cores[0])
        taker.start()
        for i in range(count + warm_up):
            if i == warm_up:
                start = perf_counter_ns()
            queue.put(message)
        here.recv()
        end = perf_counter_ns()
        taker.join()
        return end - start

    return run


def attach_and(look):
    """Joins and leaves a region that exists. The region is as large as Lina's."""

    def run(cores, count):
        settle(cores[0])
        there = SharedMemory(create=True, size=16 << 20)
        there.buf[0] = 1
        try:
            start = thread_time_ns()
            for _ in range(count):
                found = SharedMemory(there.name)
                look(found)
                found.close()
            return thread_time_ns() - start
        finally:
            there.close()
            there.unlink()

    return run


def main():
    fork = multiprocessing.get_context("fork")
    operations = {
        "threading.Event": round_trips(threading.Thread, threading.Event),
        "multiprocessing.Event": round_trips(fork.Process, fork.Event),
        "attach": attach_and(lambda found: None),
        "attach+look": attach_and(lambda found: found.buf[0]),
    }
    for line in sys.stdin:
        operation, first, second, count = line.split()
        name, _, nbytes = operation.partition(":")
        work = queue_of(int(nbytes)) if name == "queue" else operations[name]
        ns = work((int(first), int(second)), int(count))
        print(ns, flush=True)


if __name__ == "__main__":
    main()
