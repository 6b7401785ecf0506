"""Running figures over all messages so far."""

from __future__ import annotations

from typing import Any

from daskflow.core.node import OneTaskProcessorNode

# Each figure is a new object, never the last one changed in place (`a = a + b`, not `a += b`): the last one
# may be an array that went out already and is still being read.


class RunningFigure(OneTaskProcessorNode):
    """Remembers one figure, and loses it with no process; a base class.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    START: Any = None
    """The figure before the first message."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._figure = self.START

    def snapshot(self) -> Any:
        """The figure so far; runs in the task's worker."""
        return self._figure

    def restore(self, state: Any) -> None:
        """Go on from a figure that `snapshot` gave; runs in the task's worker."""
        self._figure = state


class SumAggregator(RunningFigure):
    """The sum of all inputs so far.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    START = 0

    def process(self, item: Any) -> Any:
        """Add `item`, a number or an array, and return the sum with it; runs in the task's worker."""
        self._figure = self._figure + item
        return self._figure


class MultiplicationAggregator(RunningFigure):
    """The product of all inputs so far.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    START = 1

    def process(self, item: Any) -> Any:
        """Multiply by `item`, a number or an array, and return the product; runs in the task's worker."""
        self._figure = self._figure * item
        return self._figure


class CountAggregator(RunningFigure):
    """How many inputs there were so far.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    START = 0

    def process(self, item: Any) -> Any:
        """Return the count, `item` included; runs in the task's worker."""
        self._figure += 1
        return self._figure


class MaxAggregator(RunningFigure):
    """The greatest input so far.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    def process(self, item: Any) -> Any:
        """Return the greatest so far, `item` included; runs in the task's worker.

        `item` is anything that can be compared; of equal ones the first stays.
        """
        if self._figure is None or item > self._figure:
            self._figure = item
        return self._figure


class MinAggregator(RunningFigure):
    """The least input so far.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    def process(self, item: Any) -> Any:
        """Return the least so far, `item` included; runs in the task's worker.

        `item` is anything that can be compared; of equal ones the first stays.
        """
        if self._figure is None or item < self._figure:
            self._figure = item
        return self._figure
