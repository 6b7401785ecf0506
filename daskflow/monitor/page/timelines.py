"""How rates, latencies, queues and drops went in the last minutes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bokeh.core.properties import without_property_validation
from bokeh.models import ColumnDataSource

from daskflow.monitor.page.chart import chart, stroke
from daskflow.monitor.page.lines import CHARTS, Line
from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import elided, escaped
from daskflow.monitor.parts import Moment
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

MOST = 300
"""Moments that are drawn: as many as a run remembers, so that all pages show the same, however long open."""

MOST_LINES = 48
"""More cannot be told apart, and each costs the scheduler's process a millisecond when the page is opened."""

LEGEND_LETTERS = 34

HELD_S = 5.0
"""How long a line goes on where moments have no figure. Where less than a message a second is finished most
have none, and a single one, between two without, would not be seen."""


class TimeLine(TextPart):
    """One chart.

    Parameters
    ----------
    name : str
        One of `CHARTS`.
    snapshot : RunSnapshot
        Of the run.
    fills_page : bool
        Whether it is all that there is, and as high as the window.
    """

    def __init__(self, name: str, snapshot: RunSnapshot, fills_page: bool = False) -> None:
        kind = CHARTS[name]
        lines = kind.lines(snapshot)
        self._lines = lines[:MOST_LINES]
        self._last_s = -math.inf
        self._held = [_Held() for _ in self._lines]
        self._source = ColumnDataSource({column: [] for column in self._columns()})
        self.html = _legend(self._lines) if self._lines else f'<p class="df-quiet">{kind.nothing}</p>'
        if len(lines) > MOST_LINES:
            self.html += f'<p class="df-quiet">The first {MOST_LINES} of {len(lines)} lines are drawn.</p>'
        self.models: Mapping[str, Any] = {}
        if self._lines:
            self.models = {
                f"chart_{name}": chart(self._lines, self._source, is_time=kind.is_time, fills_page=fills_page)
            }

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """None: its legend does not change."""
        return {}

    @without_property_validation  # type: ignore[untyped-decorator]  # Bokeh's; it would look at every value
    def draw(self, snapshot: RunSnapshot) -> None:
        """Add the moments that it does not have yet."""
        new = [moment for moment in snapshot.history if moment.elapsed_s > self._last_s]
        if new and self._lines:
            self._last_s = new[-1].elapsed_s
            self._source.stream(dict(zip(self._columns(), self._values(new), strict=True)), rollover=MOST)

    def _columns(self) -> list[str]:
        return ["elapsed_s", *(f"line_{i}" for i in range(len(self._lines)))]

    def _values(self, moments: Sequence[Moment]) -> Iterable[list[float]]:
        yield [moment.elapsed_s for moment in moments]
        for line, held in zip(self._lines, self._held, strict=True):
            yield [held.at(moment.elapsed_s, float(line.value(moment))) for moment in moments]


class _Held:
    """The last figure of a line, until it is too old."""

    def __init__(self) -> None:
        self._figure = math.nan
        self._elapsed_s = -math.inf

    def at(self, elapsed_s: float, figure: float) -> float:
        """What is drawn at a moment; nan for nothing."""
        if not math.isnan(figure):
            self._figure, self._elapsed_s = figure, elapsed_s
        return self._figure if elapsed_s - self._elapsed_s <= HELD_S else math.nan


def _legend(lines: Sequence[Line]) -> str:
    entries = "".join(
        f'<li title="{escaped(line.label)}"><i style="border-top:2px {_css(dash)} {colour}"></i>'
        f"{escaped(elided(line.label, LEGEND_LETTERS))}</li>"
        for line, (colour, dash) in zip(lines, map(stroke, lines), strict=True)
    )
    return f'<ul class="df-names">{entries}</ul>'


def _css(dash: str) -> str:
    return dash if dash in ("solid", "dashed", "dotted") else "double"
