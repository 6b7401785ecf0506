"""Keys pressed at a terminal, while a program does something else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

QUIT = b"qQ\x04"
"""What ends a live display: q, and Ctrl-D; Ctrl-C comes as a signal."""


def asks_for_end(keys: bytes) -> bool:
    """Whether one of the keys does; none at all is the end of the terminal."""
    return not keys or any(key in QUIT for key in keys)


@contextmanager
def quit_event() -> Iterator[asyncio.Event]:
    """An event that is set when q is pressed, or a signal asks for the end; in a running event loop.

    While it lasts the terminal does not echo keys, and hands each over at once. Where the standard input is
    no terminal only signals count.
    """
    import termios
    import tty

    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    descriptor = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    before = [] if descriptor is None else termios.tcgetattr(descriptor)

    def read() -> None:
        assert descriptor is not None
        try:
            keys = os.read(descriptor, 64)
        except OSError:  # that is how the end of a terminal reads
            keys = b""
        if asks_for_end(keys):
            asked.set()

    try:
        if descriptor is not None:
            tty.setcbreak(descriptor, termios.TCSADRAIN)
            loop.add_reader(descriptor, read)
        yield asked
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
        if descriptor is not None:
            loop.remove_reader(descriptor)
            with suppress(termios.error):  # it is gone
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
