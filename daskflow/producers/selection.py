"""Which frames of a video are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.core.arguments import whole


@dataclass(frozen=True, slots=True)
class Selection:
    """Frames by their positions, as Python's slices have them.

    Parameters
    ----------
    start : int, default 0
        Position of the first one, from 0.
    stop : int, optional
        Position of the first one that is not wanted any more.
    stride : int, default 1
        From one to the next; 2 takes every other one.
    max_frames : int, optional
        So many at most.

    Raises
    ------
    TypeError
        One of them is no whole number.
    ValueError
        One of them is negative, or `stride` is 0.
    """

    start: int = 0
    stop: int | None = None
    stride: int = 1
    max_frames: int | None = None

    def __post_init__(self) -> None:
        for what, value, least in (
            ("start", self.start, 0),
            ("stop", self.stop, 0),
            ("stride", self.stride, 1),
            ("max_frames", self.max_frames, 0),
        ):
            if value is None and what in ("stop", "max_frames"):
                continue
            of = "frames (seconds × frame rate)" if what in ("start", "stop") else "frames"
            object.__setattr__(self, what, whole(what, value, of, least))

    def takes(self, index: int) -> bool:
        """Whether the frame at a position from `start` on is wanted, `stop` and `max_frames` aside."""
        return (index - self.start) % self.stride == 0

    def is_behind(self, index: int, count: int) -> bool:
        """Whether nothing is wanted from a position on, after `count` frames."""
        return (self.stop is not None and index >= self.stop) or count == self.max_frames

    def count_of(self, frames: int | None) -> int | None:
        """How many of a video of so many frames are wanted; None where that is not known."""
        if frames is None:
            return None
        count = len(range(self.start, frames if self.stop is None else min(frames, self.stop), self.stride))
        return count if self.max_frames is None else min(count, self.max_frames)
