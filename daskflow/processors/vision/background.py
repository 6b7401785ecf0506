"""A background that follows the frames slowly."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from daskflow.core.constants import GPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import OneTaskProcessorNode


class RunningAverage(OneTaskProcessorNode):
    """The average of the frames so far, the later ones weighing more: what does not move.

    Parameters
    ----------
    rate : float, default 0.02
        How much of each frame goes into the average, from 0 to 1: after ``1 / rate`` frames a change has come
        through to two thirds.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        `rate` is no number, or out of its range.

    Notes
    -----
    It begins with the first frame, and anew with the first of another shape. CPU and GPU differ by at most 1
    per value.
    """

    def __init__(self, rate: float = 0.02, **options: Any) -> None:
        super().__init__(**options)
        if not 0 < rate <= 1:
            raise ValueError(f"rate is above 0 and at most 1, got {rate}")
        self._rate = rate
        self._average: Any = None

    def open(self) -> None:
        """Start without a background; runs in the task's worker."""
        self._average = None

    def process(self, frame: Frame, ctx: Context) -> Any:
        """The background after one more frame; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).

        Returns
        -------
        numpy.ndarray or cupy.ndarray
            uint8, of the frame's shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        frame = checked_frame(frame, self, grey=True)
        xp, pixels = self.xp, ctx.to_device(frame)
        if self._average is None or self._average.shape != frame.shape:
            self._average = pixels.astype(xp.float32)
        elif self.device == GPU:
            self._average += (pixels - self._average) * xp.float32(self._rate)
        else:
            cv2.accumulateWeighted(frame, self._average, self._rate)
        if self.device == GPU:
            return xp.rint(self._average).astype(xp.uint8)
        return np.rint(self._average, out=ctx.empty(frame.shape), casting="unsafe")

    def snapshot(self, ctx: Context) -> Any:
        """The average so far, float32 in main memory, or None; runs in the task's worker."""
        return None if self._average is None else ctx.to_host(self._average)

    def restore(self, state: Any, ctx: Context) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._average = None if state is None else ctx.to_device(state)

    def close(self) -> None:
        """Forget the background; runs in the task's worker."""
        self._average = None
