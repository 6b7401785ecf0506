"""How the flow is doing, on its own pictures."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import LayerWithMemory
from daskflow.processors.vision.annotators.measures import checked_size, text_scale
from daskflow.processors.vision.annotators.text import draw_text

_MOST_FRAMES = 4096  # of which the times are kept: at 1000 frames a second the last four seconds

_CORNERS = {
    "top_left": (0.0, 0.0),
    "top_right": (1.0, 0.0),
    "bottom_left": (0.0, 1.0),
    "bottom_right": (1.0, 1.0),
}


class HeadsUpDisplay(LayerWithMemory):
    """Writes the flow's own rate and delay on a copy of each frame.

    ========== =============================================================================================
    frames/s   how many frames came to this node in the last seconds
    latency    from the frame's production to now, as this node draws: ``metadata["production_time"]``
    frame      its sequence number, from 0; of one made of tiles ``metadata["frame_number"]``
    missing    how many numbers did not come here: dropped in a ``REALTIME`` flow, skipped, or failed; and of
               those that a live reader passed over, ``metadata["gap"]``. Written from the first one on.
    reconnects ``metadata["reconnects"]`` of a camera, from the first one on
    ========== =============================================================================================

    Parameters
    ----------
    window_s : float, default 2
        Of how many seconds the rate is the mean.
    title : str, optional
        A line above the numbers.
    corner : {"top_left", "top_right", "bottom_left", "bottom_right"}, default "top_left"
        Where.
    text_scale : float, optional
        Of the letters, as OpenCV has it. If not given, it follows the size of the frame.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    A new process counts anew; the frames do not depend on it otherwise.
    """

    resumable = True

    def __init__(
        self,
        window_s: float = 2.0,
        title: str | None = None,
        corner: str = "top_left",
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not 0 < window_s < float("inf"):
            raise ValueError(f"window_s is a number of seconds above 0, got {window_s}")
        if corner not in _CORNERS:
            raise ValueError(f"corner is one of {', '.join(_CORNERS)}, got {corner!r}")
        self._window_s, self._title, self._corner = float(window_s), title, _CORNERS[corner]
        self._scale = checked_size("text_scale", text_scale)
        self._came_s: deque[float] = deque(maxlen=_MOST_FRAMES)
        self._last: int | None = None
        self._missing = 0

    def open(self) -> None:
        """Start counting; runs in the task's worker."""
        self._came_s.clear()
        self._last, self._missing = None, 0

    def process(self, frame: Frame, ctx: Context | None = None) -> Frame:
        """Write on a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        return self.annotated(frame, (), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Count the frame and write."""
        self._note(time.monotonic())
        lines = [] if self._title is None else [self._title]
        lines.append(f"{self.frames_per_s:.1f} frames/s")
        if ctx is not None:
            self._count(ctx)
            lines += self._lines(ctx)
        height, width = canvas.shape[:2]
        across, down = self._corner
        scale = text_scale(canvas, self._scale)
        draw_text(canvas, lines, (across * width, down * height), scale, opacity=0.6)

    @property
    def frames_per_s(self) -> float:
        """How many frames came per second, over the last seconds; 0 until there are two."""
        if len(self._came_s) < 2:
            return 0.0
        return (len(self._came_s) - 1) / max(self._came_s[-1] - self._came_s[0], 1e-9)

    def _note(self, now_s: float) -> None:
        self._came_s.append(now_s)
        while len(self._came_s) > 2 and self._came_s[0] < now_s - self._window_s:
            self._came_s.popleft()

    def _count(self, ctx: Context) -> None:
        number = ctx.metadata.get("frame_number", ctx.sequence_number)
        if number is not None:
            self._missing += 0 if self._last is None else max(0, number - self._last - 1)
            self._last = number
        self._missing += int(ctx.metadata.get("gap") or 0)

    def _lines(self, ctx: Context) -> list[str]:
        lines = []
        produced_s = ctx.metadata.get("production_time")
        if produced_s is not None:
            lines.append(f"latency {_in_words(max(0.0, time.time() - produced_s))}")
        if self._last is not None:
            missing = f", {self._missing} missing" if self._missing else ""
            lines.append(f"frame {self._last}{missing}")
        if ctx.metadata.get("reconnects"):
            lines.append(f"{ctx.metadata['reconnects']} reconnects")
        return lines


def _in_words(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
