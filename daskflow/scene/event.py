"""Something that happened in front of the camera."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened at one frame.

    Attributes
    ----------
    kind : str
        What, such as ``"line_in"``, ``"line_out"``, ``"zone_enter"`` or ``"zone_leave"``.
    node : str
        The node that says so.
    sequence_number : int or None
        Of the frame.
    time_s : float or None
        When, in seconds: the frame's event time.
    tracker_id, class_id : int or None
        Of what it happened to.
    class_name : str or None
        Of what it happened to.
    box : tuple of four floats, or None
        Where that was: left, top, right and bottom, in pixels of the frame.
    details : mapping of str to object
        What else is known, such as the line's name.
    """

    kind: str
    node: str = ""
    sequence_number: int | None = None
    time_s: float | None = None
    tracker_id: int | None = None
    class_id: int | None = None
    class_name: str | None = None
    box: tuple[float, float, float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def events_of(value: Any) -> tuple[Event, ...]:
    """The events in what a node gave: an event, several, or a value that has them as ``events``.

    Parameters
    ----------
    value : object
        Of anything else, there are none.
    """
    if isinstance(value, Event):
        return (value,)
    found = getattr(value, "events", value if isinstance(value, list | tuple) else ())
    if not isinstance(found, Iterable):
        return ()
    return tuple(event for event in found if isinstance(event, Event))
