"""Colours and templates of the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import distributed.http
from jinja2 import Environment, FileSystemLoader, Template

from daskflow.options.configured import configured

SERIES = ("#3d85c6", "#cf7a20", "#2f9e6e", "#b565b0", "#c8524f", "#7c80d4", "#8f8a2f", "#2b98a8")
DASHES = ("solid", "dashed", "dotted", "dotdash", "dashdot")
"""Lines of charts: all colours with the first kind of dash, then all with the next. Each colour has a
contrast of 3 at least on the grounds of both themes, as WCAG 2.2 asks of graphics: charts need no theme."""

AXES, GRID = "#757b85", "#80808030"
"""Readable on both grounds too: a contrast of 3.8 at least."""

THEMES = ("auto", "light", "dark")


def theme() -> str:
    """What ``daskflow.dashboard.theme`` in Dask's configuration says; by default ``"auto"``: the browser's.

    Raises
    ------
    ValueError
        It says something else.
    """
    chosen = configured("dashboard.theme")
    if chosen not in THEMES:
        raise ValueError(
            f"daskflow.dashboard.theme in Dask's configuration is one of {', '.join(THEMES)}, got {chosen!r}"
        )
    return str(chosen)


@cache
def templates() -> Environment:
    """Our own templates, with Dask's, from which the page has its navigation bar.

    Not escaping by itself, since Dask's templates are given HTML by Bokeh: what is put in must be escaped.
    """
    dasks = Path(next(iter(distributed.http.__path__))) / "templates"
    return Environment(loader=FileSystemLoader([Path(__file__).parent, dasks]), autoescape=False)


def template(name: str) -> Template:
    """One of the templates in this folder."""
    return templates().get_template(name)


def bokeh_theme() -> Any:
    """Dask's own."""
    from distributed.dashboard.components.scheduler import BOKEH_THEME

    return BOKEH_THEME
