"""Flows in programs that live on an event loop."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from daskflow.errors import FlowFailed
from daskflow.running import RunningFlow

WAIT_S = 0.5


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
                with contextlib.suppress(Exception):  # it may have failed to start, or fails now
                    self._run = await started  # a thread cannot be cancelled: what it has started is ended
                    await asyncio.to_thread(self.stop, drain=False)
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the end of the flow; end it at once if the block has raised, or is cancelled.

        A flow that was started with ``detach=True`` goes on then.
        """
        if error is not None:
            await self._end_at_once(error)
            return
        run = self._current_run("join")
        try:
            # In bits: a thread that waited for ever would keep the program from ending.
            while not await asyncio.to_thread(run.wait, WAIT_S):
                pass
        except asyncio.CancelledError as cancelled:
            await self._end_at_once(cancelled)
            raise
        if run.failure is not None:
            raise run.failure

    async def _end_at_once(self, error: BaseException) -> None:
        """End the flow since something was raised; nothing takes the place of a cancellation."""
        if self._current_run("stop").is_detached:
            return
        with contextlib.ExitStack() as unsaid:
            if isinstance(error, asyncio.CancelledError):
                unsaid.enter_context(contextlib.suppress(FlowFailed))
            await asyncio.to_thread(self.stop, drain=False)
