"""A producer of what a test has ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daskflow.core.node import ProducerNode


class Given(ProducerNode):
    """Gives the values of a list, in order; a new process goes on where the last one was.

    Parameters
    ----------
    values : sequence
        What to give, and how often: at most a list of frames, since each process has a copy of it.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`.
    """

    def __init__(self, values: Sequence[Any], name: str | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self._values = list(values)
        self._position = 0
        self.length = len(self._values)

    def seek(self, sequence: int) -> None:
        """Go on with the value at position `sequence`, from 0."""
        self._position = sequence

    def next(self) -> Any:
        """Give the next value; raises `StopIteration` after the last."""
        if self._position >= len(self._values):
            raise StopIteration
        self._position += 1
        return self._values[self._position - 1]
