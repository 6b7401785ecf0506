"""The frames of a live source as a node gives them: the newest one each time, and how many were missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.core.arguments import number, optional_whole
from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.producers.connection import Connection
from daskflow.producers.live import LiveStream
from daskflow.producers.pictures import FrameMaker

_PATIENCE_S = 1.0  # without a frame, the flow can be stopped once in so long


class NewestFrames:
    """Watches a stream in a thread and gives its newest frame, with metadata as `VideoUrlReader` lists them.

    Parameters
    ----------
    connect : callable
        Opens a `Connection`, in the thread.
    address : str
        For messages and metadata; without secrets.
    reconnects : int or None
        How often in a row a lost connection may fail to bring a picture before it is given up; None for ever.
    first_wait_s : float
        Before the first of these attempts; it doubles with each.
    max_frames : int or None
        After so many frames it is over.
    format : str
        Of a frame, one of `FORMATS`.
    ctx : Context
        Of the task: for the memory of the frames, and its logger.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        address: str,
        reconnects: int | None,
        first_wait_s: float,
        max_frames: int | None,
        format: str,
        ctx: Context,
    ) -> None:
        self._address = address
        self._max_frames = max_frames
        self._logger = ctx.logger
        self._maker = FrameMaker(ctx.empty, format)
        self._given = self._passed_over = self._next_index = 0
        self._stream = LiveStream(
            connect, address=address, reconnects=reconnects, first_wait_s=first_wait_s, logger=ctx.logger
        )

    def start(self, timeout_s: float) -> None:
        """Connect; blocks until that is done, for `timeout_s` at most. Raises what `connect` does."""
        self._stream.start(timeout_s)

    def next(self, ctx: Context) -> Any:
        """The newest frame that was not given yet, or `SKIP` if none comes for a second.

        Raises
        ------
        StopIteration
            `max_frames` were given, or a recording is at its end.
        ConnectionError
            The stream was lost, and all attempts to connect anew have failed.
        """
        if self._given == self._max_frames:
            raise StopIteration
        capture = self._stream.newest(_PATIENCE_S)
        if capture is None:
            return SKIP
        gap = capture.index - self._next_index
        if gap and self._given and not self._passed_over:
            self._logger.warning("%s: frames are passed over: the flow is slower", self._address)
        self._given, self._passed_over = self._given + 1, self._passed_over + gap
        self._next_index = capture.index + 1
        frame = self._maker.upright(capture.picture, self._address)
        known = {"pts": capture.pts, "time_base": capture.time_base, "frame_rate": capture.frame_rate}
        ctx.metadata.update(
            {name: value for name, value in known.items() if value is not None},
            source=self._address,
            index=capture.index,
            gap=gap,
            reconnects=capture.reconnects,
            event_time=capture.event_time,
            capture_time=capture.capture_time,
        )
        return frame

    def close(self) -> None:
        """End the thread and the connection; blocks for 2 s at most."""
        self._stream.close()
        self._logger.info(
            "%s: %d frames given, %d passed over", self._address, self._given, self._passed_over
        )


def check_live(reconnects: int | None, reconnect_wait_s: float, max_frames: int | None) -> None:
    """Raise where one of the options that all live sources share is negative, or no number."""
    if not number("reconnect_wait_s", reconnect_wait_s) >= 0:
        raise ValueError(f"reconnect_wait_s is not negative, got {reconnect_wait_s}")
    optional_whole("reconnects", reconnects, least=0)
    optional_whole("max_frames", max_frames, least=0)
