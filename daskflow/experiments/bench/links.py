"""Edges between processes as Python offers them: a queue, and a pipe with pickle."""

from __future__ import annotations

import pickle
from typing import Any, Protocol

import numpy as np

from daskflow.experiments.bench.stages import FORK

QUEUE_SIZE = 64
"""Messages that a queue holds, so that a producer does not run ahead without end."""


Message = tuple[Any, int]
"""A value, and when it was sent, in ns."""


class Link(Protocol):
    """An edge from one process to the next."""

    def put(self, message: Message | None) -> None:
        """Pass a message on; None is the end."""

    def get(self) -> Message | None:
        """The next message; blocks until it comes."""


class QueueLink:
    """A `multiprocessing.Queue`."""

    def __init__(self) -> None:
        self._queue: Any = FORK.Queue(QUEUE_SIZE)

    def put(self, message: Message | None) -> None:
        """Pass a message on; an array is copied first, since a thread of the queue pickles it later."""
        if message is not None and isinstance(message[0], np.ndarray):
            message = message[0].copy(), message[1]
        self._queue.put(message)

    def get(self) -> Message | None:
        """The next message."""
        message: Message | None = self._queue.get()
        return message


class PipeLink:
    """A `multiprocessing.Pipe` with pickled bytes."""

    def __init__(self) -> None:
        self._reader, self._writer = FORK.Pipe(duplex=False)

    def put(self, message: Message | None) -> None:
        """Pass a message on."""
        self._writer.send_bytes(pickle.dumps(message, 5))

    def get(self) -> Message | None:
        """The next message."""
        message: Message | None = pickle.loads(self._reader.recv_bytes())
        return message
