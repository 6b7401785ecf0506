"""A diagram in the formats that it can be had in."""

from __future__ import annotations

import os
from pathlib import Path

from daskflow.diagram.content import Diagram
from daskflow.diagram.drawn import drawn
from daskflow.diagram.mermaid import mermaid_text
from daskflow.diagram.png import png_bytes
from daskflow.diagram.svg import svg_text

SUFFIXES = {".svg": "svg", ".png": "png", ".mmd": "mermaid", ".mermaid": "mermaid"}
"""What a file's name means."""


def format_of(path: str | os.PathLike[str] | None, given: str | None) -> str:
    """Which format is meant.

    Parameters
    ----------
    path : str, os.PathLike or None
        Where it goes; None for nowhere.
    given : str or None
        What was asked for by name; it comes before the suffix.

    Raises
    ------
    ValueError
        That is no format, or the suffix is that of none; the message lists them.
    """
    known = "svg, png or mermaid"
    if given is not None:
        if given not in SUFFIXES.values():
            raise ValueError(f"format is {known}, got {given!r}")
        return given
    if path is None:
        return "svg"
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{Path(path).name} does not say what it should be: end it in {', '.join(SUFFIXES)}, "
            f"or give format={known}"
        )
    return SUFFIXES[suffix]


def rendered(diagram: Diagram, format: str) -> str | bytes:
    """The diagram as text, or as bytes if it is PNG."""
    if format == "mermaid":
        return mermaid_text(diagram)
    figure = drawn(diagram)
    return png_bytes(figure) if format == "png" else svg_text(figure)


def saved(diagram: Diagram, path: str | os.PathLike[str], format: str) -> None:
    """Write the diagram to a file, which is replaced if it exists."""
    data = rendered(diagram, format)
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)
