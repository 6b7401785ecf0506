"""A task's end of the way to the ledger, where that is a socket: UNIX on its host, TCP from anywhere."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from pathlib import Path
from typing import Any, Protocol

import msgpack

from daskflow.transport.wire import CHUNK, frames_in, new_unpacker

CLOSE_S = 5.0
"""How long a farewell may take; the ledger may be gone without a word."""

GONE = "the ledger has closed the connection"
"""What a carrier says when it is so."""


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
    """Frames over a socket, on which the task's own thread blocks.

    No event loop and no thread hand-over in the worker: that is what makes an exchange cheap.

    Parameters
    ----------
    connected : socket.socket
        To the ledger; closed by this.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._unpacker = new_unpacker()
        self._packer = msgpack.Packer(use_bin_type=True)
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # Reentrant: the collector may end a frame, and so wake, in the middle of either.
        self._closing = threading.RLock()
        self._is_closed = self._has_ended = False
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._wake_read, select.POLLIN)

    @classmethod
    def at(cls, path: Path) -> SocketCarrier:
        """A carrier to the ledger's UNIX socket."""
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.connect(str(path))
        return cls(connected)

    def send(self, frame: list[Any]) -> None:
        """Send a frame."""
        if self._has_ended:  # TCP would take it all the same, and say so later
            raise ConnectionResetError(GONE)
        data = self._packer.pack(frame)
        try:
            self._socket.sendall(data)
        except ConnectionError:
            raise
        except OSError as error:
            raise _lost(error) from error

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
                    try:
                        data = self._socket.recv(CHUNK)
                    except ConnectionError:
                        raise
                    except OSError as error:
                        raise _lost(error) from error
                    if not data:
                        self._has_ended = True
                        raise ConnectionResetError(GONE)
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


class TcpCarrier(SocketCarrier):
    """Frames over a TCP socket, from any host."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(True)
        super().__init__(connected)

    def close(self) -> None:
        """Close once the ledger has everything: blocks until it has closed its own end.

        TCP resets a connection that is closed before all that came was read, and takes along what is still on
        its way to the other side.
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(CLOSE_S)
            while self._socket.recv(CHUNK):
                pass
        super().close()


def _lost(error: OSError) -> ConnectionResetError:
    """One word for all that the network says of a connection that is lost, such as that there is no route."""
    return ConnectionResetError(f"the ledger is not reached any more: {error}")
