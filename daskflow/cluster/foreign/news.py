"""What happens in a run, for callers who wait for it from afar."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any

from daskflow.transport.records import Record

MOST_KEPT = 1000
"""Records that are there for who asks for them; what is older is gone."""


class News:
    """Keeps the last records of a run, counted from its beginning. Lives on the scheduler's event loop.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        The scheduler's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._records: deque[Record] = deque(maxlen=MOST_KEPT)
        self._count = 0
        self._came = asyncio.Event()
        self.has_ended = False
        """Whether nothing more will come."""

    def add(self, record: Record) -> None:
        """Take in a record; from any thread."""
        self._loop.call_soon_threadsafe(self._add, record)

    def end(self) -> None:
        """Say that the run is over."""
        self.has_ended = True
        self.wake()

    @property
    def position(self) -> int:
        """After the last record."""
        return self._count

    def wake(self) -> None:
        """Answer all who wait: something has changed that is no record."""
        self._came.set()
        self._came = asyncio.Event()

    def since(self, position: int) -> tuple[list[Any], int]:
        """The records from a position on, as lists, and the position after the last."""
        first = self._count - len(self._records)
        skipped = max(0, position - first)
        return [list(record) for record in list(self._records)[skipped:]], self._count

    async def wait(self, position: int, timeout_s: float) -> None:
        """Wait until something came after a position or has changed, but no longer than that."""
        if self._count <= position and not self.has_ended:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._came.wait()

    def _add(self, record: Record) -> None:
        self._records.append(record)
        self._count += 1
        self.wake()
