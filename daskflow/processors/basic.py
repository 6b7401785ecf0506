"""Processors that pass on what they get, at a chosen pace."""

from __future__ import annotations

import time
from typing import Any

from daskflow.core.constants import CPU
from daskflow.core.node import ProcessorNode


class _PacedProcessor(ProcessorNode):
    """Sleeps for each message."""

    def __init__(
        self,
        fps: float = -1,
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nb_tasks, device_type, name, **options)
        self._wait_s = 1.0 / fps if fps > 0 else 0.0
        self.is_cheap = not self._wait_s

    def _wait(self) -> None:
        if self._wait_s > 0:
            time.sleep(self._wait_s)


class IdentityProcessor(_PacedProcessor):
    """Returns what it is given.

    Parameters
    ----------
    fps : float, default -1
        Where it is greater than 0, sleep ``1 / fps`` seconds for each message: a stand-in for work.
    nb_tasks, device_type, name, **options
        As for `ProcessorNode`.
    """

    def process(self, item: Any) -> Any:
        """Return `item` itself, after the wait; runs in the task's worker."""
        self._wait()
        return item


class JoinerProcessor(_PacedProcessor):
    """Makes one tuple of the messages of its parents.

    Parameters
    ----------
    fps : float, default -1
        Where it is greater than 0, sleep ``1 / fps`` seconds for each tuple.
    nb_tasks, device_type, name, **options
        As for `ProcessorNode`.
    """

    def process(self, *items: Any) -> tuple[Any, ...]:
        """Return `items`, one per parent in the order of wiring; runs in the task's worker."""
        self._wait()
        return items
