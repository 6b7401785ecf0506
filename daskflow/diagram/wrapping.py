"""Names that are too long for a box, in two lines."""

from __future__ import annotations

import re
import unicodedata


def width_of(text: str) -> int:
    """How wide it is in a fixed-width font, in characters: those of East Asia take two."""
    return sum(
        0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        for ch in text
    )


def wrapped(name: str, width: int) -> list[str]:
    """A name in at most two lines, broken between its words where that is possible.

    Parameters
    ----------
    name : str
        Such as ``detect_people_and_vehicles``.
    width : int
        Of a line, in characters, at least 3. What does not fit in two is left out in the middle.
    """
    if width_of(name) <= width:
        return [name]
    for first, rest in (_broken(name, width), _cut(name, width)):
        if width_of(rest) <= width:
            return [first, rest]
    kept = len(rest)
    while width_of(rest[-kept:]) > width - 1:
        kept -= 1
    return [first, "…" + rest[-kept:]]


def shortened(text: str, width: int) -> str:
    """A line that is no wider, with a sign where its end is missing."""
    return text if width_of(text) <= width else _cut(text, width - 1)[0] + "…"


def _broken(name: str, width: int) -> tuple[str, str]:
    head, _ = _cut(name, width)
    ends = [match.end() for match in re.finditer(r"[ _.\-/]|(?<=[a-z0-9])(?=[A-Z])", name)]
    # a first line of less than a third is worse than a word in two pieces
    fitting = [end for end in ends if len(head) / 3 <= end <= len(head)]
    end = fitting[-1] if fitting else len(head)
    return name[:end], name[end:]


def _cut(text: str, width: int) -> tuple[str, str]:
    end = len(text)
    while width_of(text[:end]) > width:
        end -= 1
    return text[:end], text[end:]
