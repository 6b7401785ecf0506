"""A plain copy over TCP: one process sends blocks from memory, another receives them into memory.

One of two ends: ``python -m benchmarks.plain_copy send ADDRESS PORT SIZE`` waits for the other and sends for
as long as it is there, ``... receive ADDRESS PORT SIZE COUNT`` prints how many blocks came a second.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time

FIRST = 30
"""Blocks that are not measured: windows grow."""

PATIENCE_S = 30.0


def send(address: str, port: int, size_bytes: int) -> None:
    block = bytearray(size_bytes)
    with socket.create_server((address, port)) as server:
        line, _ = server.accept()
        with line, contextlib.suppress(OSError):
            while True:
                line.sendall(block)


def receive(address: str, port: int, size_bytes: int, count: int) -> float:
    block = memoryview(bytearray(size_bytes))
    with _connected(address, port) as line:
        for number in range(count + FIRST):
            if number == FIRST:
                began_s = time.monotonic()
            received = 0
            while received < size_bytes:
                received += line.recv_into(block[received:])
        return count / (time.monotonic() - began_s)


def _connected(address: str, port: int) -> socket.socket:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection((address, port), 5)
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    end, host, *numbers = sys.argv[1:]
    if end == "send":
        send(host, *map(int, numbers))
    else:
        print(receive(host, *map(int, numbers)))
