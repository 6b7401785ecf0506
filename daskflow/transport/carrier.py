"""A task's end of the way to the ledger, and the carrier for tasks on the ledger's host."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from pathlib import Path
from typing import Any, Protocol

import msgpack

from daskflow.transport.wire import frames_in, new_unpacker


class Carrier(Protocol):
    """Carries frames both ways, in order.

    One thread receives, one at a time sends; any thread may wake the one that receives.
    """

    def send(self, frame: list[Any]) -> None:
        """Send a frame. Raises ConnectionError when the ledger is gone."""

    def receive(self, *, block: bool, timeout_s: float | None = None) -> list[list[Any]]:
        """The frames that have come; none if there are none and `block` is False, in time, or on `wake`.

        Raises ConnectionError when the ledger is gone.
        """

    def wake(self) -> None:
        """Make a blocked `receive` return."""

    def close(self) -> None:
        """Release the connection."""


class SocketCarrier:
    """Frames over the ledger's UNIX socket, on which the task's own thread blocks.

    No event loop and no thread hand-over in the worker: that is what makes an exchange cheap.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self._unpacker = new_unpacker()
        self._packer = msgpack.Packer(use_bin_type=True)
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # Reentrant: the collector may end a frame, and so wake, in the middle of either.
        self._closing = threading.RLock()
        self._is_closed = False
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._wake_read, select.POLLIN)

    def send(self, frame: list[Any]) -> None:
        """Send a frame."""
        self._socket.sendall(self._packer.pack(frame))

    def receive(self, *, block: bool, timeout_s: float | None = None) -> list[list[Any]]:
        """The frames that have come."""
        frames: list[list[Any]] = []
        longest_ms = None if timeout_s is None else timeout_s * 1000
        while not frames:
            ready = self._poll.poll(longest_ms if block else 0)
            for descriptor, _ in ready:
                if descriptor == self._wake_read:
                    os.read(self._wake_read, 4096)
                    block = False
                else:
                    data = self._socket.recv(1 << 18)
                    if not data:
                        raise ConnectionResetError("the ledger has closed the connection")
                    frames = frames_in(self._unpacker, data)
            if not ready:
                break
        return frames

    def wake(self) -> None:
        """Make a blocked `receive` return."""
        with self._closing, contextlib.suppress(BlockingIOError):  # woken often enough already
            if not self._is_closed:  # a frame may outlive its task
                os.write(self._wake_write, b"\0")

    def close(self) -> None:
        """Close socket and pipe."""
        with self._closing:
            self._is_closed = True
            self._socket.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
