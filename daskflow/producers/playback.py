"""The frames of files as a node gives them: counted, converted, and in time where that is wanted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.producers.pacing import Pacer, Timed, with_pauses
from daskflow.producers.pictures import FrameMaker


class Playback:
    """Gives pictures out of files as messages.

    Parameters
    ----------
    frames : iterable of (av.VideoFrame, dict)
        Those that are wanted, each with its metadata.
    maker : FrameMaker
        Converts them.
    realtime : bool
        Give each one no earlier than when its ``event_time`` says.
    """

    def __init__(self, frames: Iterable[Timed], maker: FrameMaker, *, realtime: bool) -> None:
        self._maker = maker
        self._pacer = Pacer() if realtime else None
        self._given = 0
        self._messages: Iterator[tuple[float, Timed | None]] = (
            with_pauses(frames) if realtime else ((0.0, frame) for frame in frames)
        )

    def seek(self, sequence: int, reader: object) -> None:
        """Pass over messages until the next one has the number `sequence`; they are decoded meanwhile.

        Raises
        ------
        ValueError
            It has been given already; the message names `reader`.
        """
        if sequence < self._given:
            raise ValueError(f"{reader!r} goes forward only: it is at frame {self._given}, not at {sequence}")
        while self._given < sequence and next(self._messages, None) is not None:
            self._given += 1
        self._given = sequence

    def next(self, ctx: Context) -> Any:
        """The next frame, or `SKIP` within a pause; its metadata go into the context.

        Raises
        ------
        StopIteration
            There is none any more.
        """
        due_s, message = next(self._messages)
        self._given += 1
        if message is None:
            assert self._pacer is not None
            self._pacer.wait_until(due_s)
            return SKIP
        picture, metadata = message
        frame = self._maker.upright(picture, metadata["source"])
        if self._pacer is not None:
            self._pacer.wait_until(due_s)
        ctx.metadata.update(metadata, capture_time=time.time())
        return frame
