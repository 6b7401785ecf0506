"""A set of sequence numbers that fills up from below."""

from __future__ import annotations

from bisect import bisect_right


class NumberSet:
    """Numbers from 0 up, kept as one watermark and the runs above it.

    Numbers are added roughly in order, so the runs above the watermark are few: memory follows the gaps,
    not the numbers. That keeps a real-time flow bounded which drops a million messages behind a slow one.
    """

    __slots__ = ("_ends", "_starts", "low")

    def __init__(self) -> None:
        self.low = 0
        """The lowest number that is not in the set."""
        self._starts: list[int] = []  # runs [start, end) above low, disjoint and never touching
        self._ends: list[int] = []

    def __contains__(self, number: int) -> bool:
        if number < self.low:
            return True
        if not self._starts:
            return False
        i = bisect_right(self._starts, number) - 1
        return i >= 0 and number < self._ends[i]

    def add(self, number: int) -> None:
        """Add a number that is not in the set."""
        starts, ends = self._starts, self._ends
        if number == self.low:
            self.low += 1
            if starts and starts[0] == self.low:
                self.low = ends[0]
                del starts[0], ends[0]
            return
        i = bisect_right(starts, number)
        joins_left = i > 0 and ends[i - 1] == number
        joins_right = i < len(starts) and starts[i] == number + 1
        if joins_left and joins_right:
            ends[i - 1] = ends[i]
            del starts[i], ends[i]
        elif joins_left:
            ends[i - 1] = number + 1
        elif joins_right:
            starts[i] = number
        else:
            starts.insert(i, number)
            ends.insert(i, number + 1)

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The runs above the watermark, as ``(first, one past the last)``."""
        return list(zip(self._starts, self._ends, strict=True))
