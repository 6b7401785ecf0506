"""Numbers that run along with a video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daskflow.scene.event import Event
from daskflow.scene.regions import Line, Zone


@dataclass(frozen=True)
class LineCount:
    """How many have crossed a line until now.

    Attributes
    ----------
    line : Line
        The line.
    in_count, out_count : int
        How many went in and out since the flow began.
    in_by_class, out_by_class : mapping of str to int
        The same by class: its name, or its number as a string.
    events : tuple of Event
        The crossings at this frame.
    """

    line: Line
    in_count: int = 0
    out_count: int = 0
    in_by_class: Mapping[str, int] = field(default_factory=dict)
    out_by_class: Mapping[str, int] = field(default_factory=dict)
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class ZoneCount:
    """Who is in a zone now, and for how long.

    Attributes
    ----------
    zone : Zone
        The zone.
    count : int
        How many are in it at this frame.
    by_class : mapping of str to int
        The same by class: its name, or its number as a string.
    entered, left : int
        How many came and went since the flow began.
    dwell_s : mapping of int to float
        Of each that is in it now, by ``tracker_id``: for how many seconds.
    mean_dwell_s : float
        How long those who have left were in it, on average; 0 where none has.
    events : tuple of Event
        Who came and went at this frame.
    """

    zone: Zone
    count: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    entered: int = 0
    left: int = 0
    dwell_s: Mapping[int, float] = field(default_factory=dict)
    mean_dwell_s: float = 0.0
    events: tuple[Event, ...] = ()
