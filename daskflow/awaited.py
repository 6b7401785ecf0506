"""Flows in programs that live on an event loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from daskflow.running import RunningFlow


class AwaitedFlow(RunningFlow):
    """The part of `daskflow.Flow` by which ``async with flow.run(cluster=client):`` works.

    What blocks is done in a thread, so that the event loop goes on: it may be the one that the cluster itself
    lives on.
    """

    async def __aenter__(self) -> Self:
        """Wait until the flow runs."""
        if self._starting is not None:
            start, self._starting = self._starting, None
            started = asyncio.create_task(asyncio.to_thread(start))
            try:
                self._run = await asyncio.shield(started)
            except asyncio.CancelledError:
                self._run = await started  # a thread cannot be cancelled: what it has started is ended
                await asyncio.to_thread(self.stop, drain=False)
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the end of the flow; end it at once if the block has raised."""
        if error is not None:
            await asyncio.to_thread(self.stop, drain=False)
        else:
            await asyncio.to_thread(self.join)
