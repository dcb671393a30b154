"""A terminal with `lina run` in it, for tests that type and read as a user does."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
import time

from running import LINA, TIMEOUT, start


class Terminal:
    """A terminal with the command in it, or with another program."""

    def __init__(self, *words, program=(LINA,), lines=24, columns=80, **options):
        self.master, slave = pty.openpty()
        self.shown = ""
        self.resize(lines, columns)
        self.command = start(
            *words,
            program=program,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
            **options,
        )
        os.close(slave)

    def resize(self, lines, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, text, seconds=TIMEOUT):
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.shown!r}"
            self.shown += os.read(self.master, 4096).decode()

    def type_until(self, keys, text):
        """Types the keys, and again each second until the text comes."""
        for _ in range(TIMEOUT):
            self.type(keys)
            with contextlib.suppress(AssertionError):
                return self.read_until(text, seconds=1)
        return self.read_until(text)

    def read_all(self):
        with contextlib.suppress(OSError):  # EIO: no process has it open any more
            while select.select([self.master], [], [], TIMEOUT)[0]:
                self.shown += os.read(self.master, 4096).decode()
        return self.command.wait(timeout=TIMEOUT)
