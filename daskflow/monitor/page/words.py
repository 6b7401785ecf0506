"""Figures as people read them: three digits at most, with a unit."""

from __future__ import annotations

import html
import math
import unicodedata
from itertools import accumulate

from daskflow.monitor.figures import clock_words

SPACE = "\N{NO-BREAK SPACE}"


def number_words(value: float) -> str:
    """A number, such as ``0.25``, ``42``, ``1.2 k`` or ``3.4 M``."""
    if not math.isfinite(value):
        return "–"
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 0.9995 * factor:
            return f"{_digits(value / factor)}{SPACE}{letter}"
    return _digits(value)


def _digits(value: float) -> str:
    if abs(value) >= 99.95 or abs(value) < 0.005:
        return f"{value:.0f}"
    if abs(value) >= 0.995:
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.2f}"


def count_words(count: int) -> str:
    """A count where there is little room: four letters at most below a thousand million, such as ``12k``."""
    for factor, letter in ((1e6, "M"), (1e3, "k")):
        if count >= 0.9995 * factor:
            shown = count / factor
            return (f"{shown:.1f}".removesuffix(".0") if shown < 9.95 else f"{shown:.0f}") + letter
    return str(count)


def rate_words(per_second: float) -> str:
    """Messages per second, such as ``1.2 k/s``."""
    return number_words(per_second) + "/s"


def time_words(seconds: float) -> str:
    """A short time, such as ``820 µs``, ``35 ms`` or ``1.2 s``."""
    if seconds >= 59.5:
        return clock_words(seconds)
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= 0.9995 * factor:
            return f"{_digits(seconds / factor)}{SPACE}{unit}"
    return f"0{SPACE}ms" if not seconds else f"<1{SPACE}µs"


def size_words(size_bytes: float) -> str:
    """A size in memory, such as ``210 MB``."""
    for factor, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= 0.9995 * factor:
            return f"{_digits(size_bytes / factor)}{SPACE}{unit}"
    return f"{size_bytes:.0f}{SPACE}B"


def share_words(share: float) -> str:
    """A share from 0 to 1, such as ``98 %``."""
    return f"{100 * share:.0f}{SPACE}%"


def elided(text: str, width: int) -> str:
    """A text that takes up no more than so many letters' room; wide letters take two.

    What is left out is the middle: names that begin alike often end in what tells them apart.
    """
    if sum(map(_room, text)) <= width:
        return text
    behind = (width - 1) // 2
    return _start(text, width - 1 - behind) + "…" + _start(text[::-1], behind)[::-1]


def _start(text: str, width: int) -> str:
    """As many of the first letters as there is room for."""
    rooms = accumulate(map(_room, text))
    return "".join(letter for letter, room in zip(text, rooms, strict=True) if room <= width)


def _room(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def escaped(text: str) -> str:
    """A text as it must be in HTML, in attributes too."""
    return html.escape(text, quote=True)
