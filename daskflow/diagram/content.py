"""What a diagram shows: boxes with words, and lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PRODUCER, PROCESSOR, STATEFUL, CONSUMER = "producer", "processor", "stateful processor", "consumer"
"""Kinds of boxes, which differ in shape and tint."""

BUSY, MOVING, BLOCKED, STARVED = "busy", "moving data", "blocked", "starved"
"""Parts of a bar."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node.

    Attributes
    ----------
    name : str
        Unique in the diagram.
    kind : str
        `PRODUCER`, `PROCESSOR`, `STATEFUL` or `CONSUMER`.
    words : tuple of str
        Lines below the name.
    shares : mapping of str to float
        Parts of a bar at the foot of the box: `BUSY`, `MOVING` and `BLOCKED`, each from 0 to 1; what is
        missing to 1 is `STARVED`. No bar where it is empty.
    is_marked : bool
        Whether it is set off from the others.
    """

    name: str
    kind: str = PROCESSOR
    words: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An edge.

    Attributes
    ----------
    source, target : str
        Names of boxes.
    label : str
        Some characters beside it, where there is room.
    says : str
        The same at length, for where one points at it.
    is_dashed : bool
        Whether messages may be lost on it.
    fill : float
        How full it is, from 0 to 1; the fuller, the thicker.
    """

    source: str
    target: str
    label: str = ""
    says: str = ""
    is_dashed: bool = False
    fill: float = 0.0


@dataclass(frozen=True, slots=True)
class Diagram:
    """A graph to be drawn.

    Attributes
    ----------
    title : str
        A line above it.
    boxes, lines : sequence
        What it consists of.
    """

    title: str
    boxes: Sequence[Box]
    lines: Sequence[Line]


def shown(text: str) -> str:
    """A name as it can be drawn: control characters, which XML and terminals do not bear, as a sign."""
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)
