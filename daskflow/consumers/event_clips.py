"""Short videos of what happened, with the seconds before and after."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import Any

import av

from daskflow.consumers.clip import Clip, Coded, Preroll
from daskflow.consumers.codecs import checked_encoding
from daskflow.consumers.live_encoding import LiveEncoder
from daskflow.consumers.rates import nominal_rate
from daskflow.consumers.target import absolute_target, make_folder
from daskflow.consumers.timetable import Timetable
from daskflow.core.arguments import check_numbers
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode
from daskflow.scene import Event, events_of

_KEY_EVERY_S = 1.0
_MIB = 2**20


class EventClipWriter(ConsumerNode):
    """Writes a clip of each event, with the seconds before and after, and a JSON file that says what it was.

    Its parents are the frames and what has the events: ``EventClipWriter("clips")(camera, counter)``.

    Parameters
    ----------
    folder : str or os.PathLike
        Where; made if need be. A relative path is taken from the directory in which the node is constructed.
    before_s, after_s : float, default 5
        Seconds before the event and after it. Further events until then prolong the clip. A clip begins
        with a key frame, so there is up to a second more before, and less where the flow had just begun.
    max_clip_s : float, default 300
        A clip that becomes as long is ended; the next event begins another. At least a second more than
        `before_s` and `after_s`.
    max_memory_mb : float, default 64
        MiB for the seconds before, at most. Where they need more, there are fewer of them.
    crf : int, default 23
        Quality of H.264, 0 to 51; less is better and larger.
    preset : str, default "superfast"
        Effort of H.264.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range, or `max_clip_s` is too short for what is before
        and after.

    Notes
    -----
    Every frame is encoded as H.264 once, when it comes, and the last seconds are held as that: some
    megabytes, where the frames themselves would take hundreds and hold the flow's shared memory. A clip is
    made of the encoded frames as they are.

    In a realtime flow a clip has those frames that the node with the events has kept up with.

    The time of a frame is its event time. Files are named by the sequence number and kind of the first event,
    as ``00001234-line_in.mp4`` and ``.json``; until a clip is complete it is called ``.mp4.part``, and the
    JSON file comes after it. Files of these names are replaced, so give each writer and each run a folder of
    its own. A gap of the frames that is longer than `before_s` or `after_s` is not in a clip: it begins after
    it or ends before it. `close` completes the clip in hand. A killed writer has lost the seconds that it
    held, so its loss fails the run (`resumable` is False). The encoder is libx264, under the GPL.
    """

    resumable = False

    def __init__(
        self,
        folder: str | os.PathLike[str],
        before_s: float = 5.0,
        after_s: float = 5.0,
        *,
        max_clip_s: float = 300.0,
        max_memory_mb: float = 64.0,
        crf: int = 23,
        preset: str = "superfast",
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._folder = absolute_target(folder)
        check_numbers(before_s=before_s, after_s=after_s, max_clip_s=max_clip_s, max_memory_mb=max_memory_mb)
        if not before_s >= 0 or not after_s >= 0:
            raise ValueError(f"before_s and after_s are at least 0, got {before_s} and {after_s}")
        if not max_clip_s >= before_s + _KEY_EVERY_S + after_s:
            raise ValueError(
                f"max_clip_s is at least before_s + after_s + {_KEY_EVERY_S:g}, the last for a key frame; "
                f"got {max_clip_s} for {before_s} and {after_s}"
            )
        if not max_memory_mb > 0:
            raise ValueError(f"max_memory_mb is greater than 0, got {max_memory_mb}")
        self._encoding = checked_encoding(".mp4", "h264", crf, preset)
        self._before_s, self._after_s, self._max_clip_s = before_s, after_s, max_clip_s
        self._most_bytes = int(max_memory_mb * _MIB)
        self._container: Any = None
        self._encoder: LiveEncoder | None = None
        self._clip: Clip | None = None
        self._clip_begin_s: float | None = None
        self._end_at = 0  # of the clip in hand, as a time stamp

    def open(self) -> None:
        """Make the folder; runs in the consumer's worker.

        Raises
        ------
        OSError
            It cannot be made, or this user may not write there.
        """
        make_folder(self._folder)

    def consume(self, frame: Frame, events: Any, ctx: Context) -> None:
        """Encode a frame, and begin, go on with or end a clip; runs in the consumer's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). One of another size than the first is
            resized.
        events : object
            What happened at it, as `events_of` takes it: an `Event`, several, or a value with ``events``.
        ctx : Context
            Its event time is that of the frame and of the events.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        OSError
            A clip cannot be written, as on a full disk.
        """
        frame = checked_frame(frame, self, grey=True)
        if self._encoder is None:
            self._begin(frame, ctx)
        assert self._encoder is not None
        stamp = self._timetable.next(ctx.event_time)
        found = events_of(events)
        if self._clip is not None and stamp > self._end_at:
            self._end_clip()  # before a frame from beyond a gap
        for packet in self._encoder.encode(frame, stamp, key=self._memory.wants_key):
            coded = Coded(bytes(packet), stamp, packet.is_keyframe)
            self._memory.add(coded)
            if self._clip is not None:
                self._clip.add(coded)
        if found and self._clip is None:
            self._begin_clip(found[0], stamp, ctx)
        if self._clip is None:
            return
        if found:
            self._clip.note(found, stamp)
            longest = (self._clip.first or 0) + self._units(self._max_clip_s)
            self._end_at = min(stamp + self._units(self._after_s), longest)
        if stamp >= self._end_at:
            self._end_clip()

    def close(self) -> None:
        """Complete the clip in hand; runs in the consumer's worker."""
        try:
            self._end_clip()
        finally:
            container, self._container, self._encoder = self._container, None, None
            if container is not None:
                container.close()

    def _begin(self, frame: Frame, ctx: Context) -> None:
        rate = nominal_rate(ctx.metadata.get("frame_rate"))
        self._timetable = Timetable(rate, constant=False, slots=False)
        self._memory = Preroll(self._units(self._before_s), self._most_bytes)
        self._container = av.open(os.devnull, "w", format="null")  # only gives the encoder its stream
        self._encoder = LiveEncoder(
            self._container,
            width=frame.shape[1],
            height=frame.shape[0],
            rate=rate,
            timetable=self._timetable,
            crf=self._encoding.crf,
            preset=self._encoding.preset,
            threads=ctx.cpu_threads,
            key_every_s=_KEY_EVERY_S,
        )

    def _begin_clip(self, event: Event, stamp: int, ctx: Context) -> None:
        assert self._encoder is not None
        kind = re.sub(r"[^\w.-]+", "_", event.kind)[:64]
        path = os.path.join(self._folder, f"{ctx.sequence_number or 0:08d}-{kind}.mp4")
        clip = self._clip = Clip(path, self._encoder.stream, self._timetable.unit, self._timetable.period)
        for coded in self._memory:
            clip.add(coded)
        earlier_s = float((stamp - (clip.first or 0)) * self._timetable.unit)
        self._clip_begin_s = None if ctx.event_time is None else round(ctx.event_time - earlier_s, 6)

    def _end_clip(self) -> None:
        clip, self._clip = self._clip, None
        if clip is not None:
            clip.finish(self._clip_begin_s)

    def _units(self, seconds: float) -> int:
        return round(Fraction(seconds) / self._timetable.unit)
