"""What a node does with its time, as a bar of characters."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from daskflow.monitor.activity import Activity


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar.

    Attributes
    ----------
    name : str
        What it stands for.
    block, letter : str
        The character that it is drawn with, and where there are no blocks: apart without colours too.
    style : str
        Its colour, for rich.
    """

    name: str
    block: str
    letter: str
    style: str


PARTS = (
    Part("busy", "█", "#", "green"),
    Part("copying", "▓", "=", "cyan"),
    Part("blocked", "▒", "x", "magenta"),
    Part("starved", "░", ".", "bright_black"),
)


def shares_of(activity: Activity) -> tuple[float, ...]:
    """The share of each part; talking with the ledger counts as copying: both are what transport costs."""
    return (activity.busy, activity.copying + activity.wire, activity.blocked, activity.starved)


def cells_of(shares: tuple[float, ...], width: int) -> tuple[int, ...]:
    """How many characters each share gets of a bar; together they fill it, unless all shares are 0.

    By largest remainder, so that no share is off by a whole character.
    """
    whole = sum(shares)
    if not whole:
        return (0,) * len(shares)
    exact = [share / whole * width for share in shares]
    cells = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: cells[i] - exact[i])
    for i in by_remainder[: width - sum(cells)]:
        cells[i] += 1
    return tuple(cells)


def bar(activity: Activity, width: int, *, blocks: bool = True) -> Text:
    """A node's time as a bar of `width` characters; blanks where nothing is known."""
    text = Text(no_wrap=True)
    for part, cells in zip(PARTS, cells_of(shares_of(activity), width), strict=True):
        text.append((part.block if blocks else part.letter) * cells, part.style)
    text.append(" " * (width - len(text)))
    return text


def legend(*, blocks: bool = True) -> Text:
    """What the parts of a bar mean."""
    text = Text(no_wrap=True)
    for part in PARTS:
        text.append(part.block if blocks else part.letter, part.style)
        text.append(f" {part.name}  ", "dim")
    text.rstrip()
    return text
