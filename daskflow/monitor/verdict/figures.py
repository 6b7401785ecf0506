"""Figures in words."""

from __future__ import annotations

from collections.abc import Sequence


def per_second(rate: float) -> str:
    """A rate in messages per second, with as many digits as it deserves."""
    return f"{amount(rate)} messages/s"


def amount(number: float) -> str:
    """A number with two or three digits that count."""
    if number >= 99.5:
        return f"{number:,.0f}"
    if number >= 9.95:
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 0.995 else f"{number:.2g}"


def share(part: float) -> str:
    """A part of 1 in per cent."""
    return f"{round(100 * part)} %"


def several(number: int, noun: str) -> str:
    """A count with its noun: ``1 task``, ``2 tasks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def called(name: str) -> str:
    """A node's name."""
    return f"`{name}`"


def listed(words: Sequence[str]) -> str:
    """Some words, with *and* before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def time(seconds: float) -> str:
    """A time in seconds or milliseconds."""
    return f"{amount(seconds)} s" if seconds >= 1 else f"{amount(seconds * 1e3)} ms"
