"""The last seconds of a video, and the clips that are cut from it."""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.packet import Packet

from daskflow.consumers.target import write_whole
from daskflow.scene import Event

_OBJECTS_BYTES = 200  # of Python's objects around a frame; the smallest frames take less themselves
_MOST_EVENTS = 10_000  # of one clip; more are counted


@dataclass(frozen=True, slots=True)
class Coded:
    """A frame as H.264: its bytes, its time stamp, and whether decoding can begin with it."""

    data: bytes
    stamp: int
    is_key: bool

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return len(self.data) + _OBJECTS_BYTES


class Preroll:
    """Encoded frames of the last while, always beginning with a key frame.

    Parameters
    ----------
    span : int
        How far back it reaches at least, in units of the time stamps; up to a key frame more. Frames before a
        gap are dropped once it ends, where that is further back.
    most_bytes : int
        What is held at most: older frames are dropped for it, as far back as they may be wanted.
    """

    def __init__(self, span: int, most_bytes: int) -> None:
        self._span = span
        self._most_bytes = most_bytes
        self._groups: deque[list[Coded]] = deque()
        self.size_bytes = 0

    @property
    def wants_key(self) -> bool:
        """Whether the next frame has to be a key frame, so that what is held can be cut short."""
        return (
            sum(coded.size_bytes for coded in self._groups[-1]) > self._most_bytes // 2
            if self._groups
            else True
        )

    def add(self, coded: Coded) -> None:
        """Hold a frame, and drop what is too old or too much."""
        if coded.is_key:
            self._groups.append([])
        if not self._groups:
            return
        self._groups[-1].append(coded)
        self.size_bytes += coded.size_bytes
        while len(self._groups) > 1 and (
            self._groups[1][0].stamp <= coded.stamp - self._span
            or self._groups[0][-1].stamp < coded.stamp - self._span
            or self.size_bytes > self._most_bytes
        ):
            self.size_bytes -= sum(old.size_bytes for old in self._groups.popleft())

    def __iter__(self) -> Iterator[Coded]:
        for group in self._groups:
            yield from group


@dataclass(slots=True)
class Clip:
    """A clip in the making: ``<path>.part`` until `finish`.

    Attributes
    ----------
    path : str
        Absolute path of the mp4.
    template : av.VideoStream
        Of the encoder.
    unit : Fraction
        Seconds per unit of the time stamps.
    period : int
        Units that a frame is shown.
    """

    path: str
    template: Any
    unit: Fraction
    period: int
    first: int | None = None
    last: int = 0
    frames: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    events_left_out: int = 0
    _container: Any = None
    _stream: Any = None

    def __post_init__(self) -> None:
        self._container = av.open(f"{self.path}.part", "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream_from_template(self.template)
        self._stream.time_base = self.unit

    def add(self, coded: Coded) -> None:
        """Write a frame; the first one begins the clip."""
        if self.first is None:
            self.first = coded.stamp
        packet = Packet(coded.data)
        packet.stream = self._stream
        packet.time_base = self.unit
        packet.pts = packet.dts = coded.stamp - self.first
        packet.duration = self.period
        packet.is_keyframe = coded.is_key
        self._container.mux(packet)
        self.last = coded.stamp
        self.frames += 1

    def note(self, events: tuple[Event, ...], stamp: int) -> None:
        """Keep what happened at a frame for the file beside the clip."""
        at_s = round(float((stamp - (self.first or 0)) * self.unit), 3)
        room = max(0, _MOST_EVENTS - len(self.events))
        for event in events[:room]:
            self.events.append({"at_s": at_s, **asdict(event)})
        self.events_left_out += max(0, len(events) - room)

    def finish(self, begin_s: float | None) -> None:
        """Complete the clip, then the JSON file beside it; nothing is left of one that fails.

        Parameters
        ----------
        begin_s : float or None
            When its first frame was taken, as event time.
        """
        part = f"{self.path}.part"
        try:
            self._container.close()
            os.replace(part, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
        said = {
            "clip": os.path.basename(self.path),
            "begin_s": begin_s,
            "duration_s": round(float((self.last - (self.first or 0) + self.period) * self.unit), 3),
            "frames": self.frames,
            "width": self.template.codec_context.width,
            "height": self.template.codec_context.height,
            "events": self.events,
            "events_left_out": self.events_left_out,
        }
        sidecar = f"{os.path.splitext(self.path)[0]}.json"
        write_whole(sidecar, json.dumps(said, indent=1, ensure_ascii=False, default=_plain).encode())


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON says them; anything else as its text."""
    return value.tolist() if callable(getattr(value, "tolist", None)) else str(value)
