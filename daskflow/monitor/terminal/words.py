"""Figures as short words that fit a column, and longer words that fit a line."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

_GLUE = "\ue000"
"""Stands for a blank at which a line does not end; to rich the no-break space is one like any other."""


def figure(value: float) -> str:
    """A number with about three digits: ``0.034``, ``4.56``, ``45.1``, ``1234``, ``12.3k``; 0 is ``0``."""
    if not value:
        return "0"
    if value < 0.001:
        return "<0.001"
    if value >= 9_999.5:
        return f"{value / 1e3:.1f}k" if value < 999_950 else f"{value / 1e6:.1f}M"
    for digits in (0, 1, 2):
        if value >= 99.95 / 10**digits:
            return f"{value:.{digits}f}"
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def milliseconds(seconds: float) -> str:
    """A time in milliseconds, without the unit; empty where it is 0, which stands for unknown."""
    return figure(seconds * 1e3) if seconds else ""


def duration(seconds: float) -> str:
    """A time as ``35.1 ms`` or ``1.02 s``."""
    return f"{figure(seconds * 1e3)} ms" if seconds < 0.9995 else f"{figure(seconds)} s"


def size(count: float) -> str:
    """Bytes as ``23 MB`` or ``1.5 GB``; empty where there are none."""
    if not count:
        return ""
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5 or unit == "GB":
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"


def elided(name: str, width: int, dots: str = "…") -> str:
    """A name in at most `width` cells, its middle left out: how names begin and end tells them apart."""
    if cell_len(name) <= width:
        return name
    if width <= len(dots) + 1:
        return set_cell_size(name, width)
    kept = width - len(dots)
    behind = kept // 2
    tail = name[len(name) - behind :]
    while cell_len(tail) > behind:
        tail = tail[1:]
    return set_cell_size(name, kept - cell_len(tail)).rstrip() + dots + tail


def folded(text: Text, console: Console, width: int) -> list[Text]:
    """The lines of a text in so many cells; what is per cent stays with its sign."""
    text = text.copy()
    text.plain = text.plain.replace(" %", f"{_GLUE}%")
    lines = list(text.wrap(console, width))
    for line in lines:
        line.plain = line.plain.replace(_GLUE, " ").rstrip()
    return lines


def printable(text: str) -> str:
    """A text that moves no cursor and colours nothing: it may be of anybody's exception."""
    return "".join(char if char.isprintable() else "?" for char in text)
