"""The ledger's UNIX socket: all tasks of the run on this host."""

from __future__ import annotations

import select
import socket
from pathlib import Path

from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.peers import Peers


class UnixServer:
    """Listens for the tasks of a run. Its methods are called in the ledger's thread.

    Parameters
    ----------
    thread : LedgerThread
        Watches the sockets: what several tasks say at the same time is taken in and answered together.
    """

    def __init__(self, thread: LedgerThread) -> None:
        self._thread = thread
        self._listener: socket.socket | None = None
        self._peers = Peers(thread)

    def start(self, path: Path) -> None:
        """Listen at `path`."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.setblocking(False)
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._thread.watch(listener.fileno(), select.EPOLLIN, self._accept)

    def close(self) -> None:
        """Stop listening and break all connections: who still waits for an answer hears of it."""
        self._stop_listening()
        self._peers.close()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._thread.unwatch(self._listener.fileno())
            self._listener.close()
            self._listener = None

    def _accept(self, _mask: int) -> None:
        assert self._listener is not None
        try:
            accepted, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # no descriptor is left: the task that asks would wait for ever
            self._stop_listening()
            self._thread.service.fail(error)
            return
        self._peers.add(accepted)
