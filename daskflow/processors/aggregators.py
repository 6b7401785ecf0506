"""Running figures over all messages so far."""

from __future__ import annotations

from typing import Any

from daskflow.core.node import OneTaskProcessorNode

# Each figure is a new object, never the last one changed in place (`a = a + b`, not `a += b`): the last one
# may be an array that went out already and is still being read.


class SumAggregator(OneTaskProcessorNode):
    """The sum of all inputs so far.

    Parameters
    ----------
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sum: Any = 0

    def process(self, item: Any) -> Any:
        """Add `item`, a number or an array, and return the sum with it; runs in the task's worker."""
        self._sum = self._sum + item
        return self._sum


class MultiplicationAggregator(OneTaskProcessorNode):
    """The product of all inputs so far.

    Parameters
    ----------
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._product: Any = 1

    def process(self, item: Any) -> Any:
        """Multiply by `item`, a number or an array, and return the product; runs in the task's worker."""
        self._product = self._product * item
        return self._product


class CountAggregator(OneTaskProcessorNode):
    """How many inputs there were so far.

    Parameters
    ----------
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0

    def process(self, item: Any) -> int:
        """Return the count, `item` included; runs in the task's worker."""
        self._count += 1
        return self._count


class MaxAggregator(OneTaskProcessorNode):
    """The greatest input so far.

    Parameters
    ----------
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._max: Any = None

    def process(self, item: Any) -> Any:
        """Return the greatest so far, `item` included; runs in the task's worker.

        `item` is anything that can be compared; of equal ones the first stays.
        """
        if self._max is None or item > self._max:
            self._max = item
        return self._max


class MinAggregator(OneTaskProcessorNode):
    """The least input so far.

    Parameters
    ----------
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._min: Any = None

    def process(self, item: Any) -> Any:
        """Return the least so far, `item` included; runs in the task's worker.

        `item` is anything that can be compared; of equal ones the first stays.
        """
        if self._min is None or item < self._min:
            self._min = item
        return self._min
