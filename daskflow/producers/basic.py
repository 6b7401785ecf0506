"""Producers that need nothing but Python."""

from __future__ import annotations

import time
from typing import Any

from daskflow.core.node import ProducerNode


class IntProducer(ProducerNode):
    """Counts: the whole numbers from `start_value` to `end_value`, both included.

    Parameters
    ----------
    start_value : int, default 0
        The first number.
    end_value : int, optional
        The last number; None counts for ever.
    wait_time_in_seconds : float, default 0
        Sleep so long before each number.
    fps : float, default -1
        Numbers per second; where it is greater than 0, the wait is ``1 / fps`` whatever
        `wait_time_in_seconds` says.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks.

    Attributes
    ----------
    length : int or None
        How many numbers there will be; None without an end.

    Raises
    ------
    TypeError, ValueError
        `wait_time_in_seconds` is no number, or negative.
    """

    def __init__(
        self,
        start_value: int = 0,
        end_value: int | None = None,
        wait_time_in_seconds: float = 0,
        fps: float = -1,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if wait_time_in_seconds < 0:
            raise ValueError(f"wait_time_in_seconds is not negative, got {wait_time_in_seconds}")
        self._wait_s = 1.0 / fps if fps > 0 else wait_time_in_seconds
        self._start_value = self._next_value = start_value
        self._end_value = end_value
        if end_value is not None:
            self.length = max(0, end_value - start_value + 1)

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`. Does not wait.

        Parameters
        ----------
        sequence : int
            How many numbers were given before.
        """
        self._next_value = self._start_value + sequence

    def next(self) -> int:
        """Give the next number, after the wait; runs in the producer's worker.

        Returns
        -------
        int
            One more than the one before.

        Raises
        ------
        StopIteration
            `end_value` was given already.
        """
        if self._end_value is not None and self._next_value > self._end_value:
            raise StopIteration
        value = self._next_value
        self._next_value += 1
        if self._wait_s > 0:
            time.sleep(self._wait_s)
        return value
