"""How rates, latencies, queues and drops went in the last minutes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bokeh.core.properties import without_property_validation
from bokeh.models import (
    CDSView,
    ColumnDataSource,
    CustomJSTickFormatter,
    DataRange1d,
    HoverTool,
    NumeralTickFormatter,
)
from bokeh.models.glyphs import Line as LineGlyph
from bokeh.plotting import figure

from daskflow.monitor.page.look import AXES, DASHES, GRID, SERIES
from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import elided, escaped
from daskflow.monitor.parts import Moment
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

MOST = 600
"""Moments that are drawn; a run remembers fewer."""

MOST_LINES = 48
"""More cannot be told apart, and each costs the scheduler's process a millisecond when the page is opened."""

HEIGHT = 190
"""Of a chart in the page, in pixels."""

LEGEND_LETTERS = 34

CLOCK = (
    "const s = Math.max(0, Math.round(tick)); "
    "return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0')"
)
TIME = (
    "if (tick == 0) return '0'; return tick < 1 ? Number((tick * 1e3).toPrecision(3)) + ' ms' "
    ": Number(tick.toPrecision(3)) + ' s'"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes
    ----------
    label : str
        What it shows.
    value : callable
        A moment to a number; nan where there is none.
    colour : int
        Which of the colours and dashes; lines of one thing have the same.
    is_second : bool
        Drawn thin, as the other figure of the same thing.
    """

    label: str
    value: Callable[[Moment], float]
    colour: int
    is_second: bool = False


def throughput(snapshot: RunSnapshot) -> list[Line]:
    """Messages finished per second, by node."""
    return [
        Line(name, lambda moment, name=name: moment.rates.get(name, math.nan), i)  # type: ignore[misc]
        for i, name in enumerate(snapshot.nodes)
    ]


def latency(snapshot: RunSnapshot) -> list[Line]:
    """Median and 95 % quantile, by producer and consumer."""
    return [
        Line(
            f"{producer} → {consumer} {quantile}",
            lambda moment, path=(producer, consumer), k=k: moment.latencies.get(path, (math.nan,) * 2)[k],  # type: ignore[misc]
            i,
            k == 1,
        )
        for i, (producer, consumer) in enumerate(snapshot.paths)
        for k, quantile in enumerate(("p50", "p95"))
    ]


def queues(snapshot: RunSnapshot) -> list[Line]:
    """Messages that wait, by edge."""
    return [
        Line(f"{source} → {target}", lambda moment, e=(source, target): moment.waiting.get(e, math.nan), i)  # type: ignore[misc]
        for i, (source, target) in enumerate(snapshot.edges)
    ]


def drops(snapshot: RunSnapshot) -> list[Line]:
    """Messages dropped per second, by edge that may drop."""
    return [
        Line(f"{e[0]} → {e[1]}", lambda moment, e=e: moment.drop_rates.get(e, math.nan), i)  # type: ignore[misc]
        for i, (e, edge) in enumerate(snapshot.edges.items())
        if edge.lossy
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a chart is about, and what is said where it has no lines."""

    title: str
    lines: Callable[[RunSnapshot], list[Line]]
    nothing: str
    unit: str


CHARTS = {
    "throughput": Kind("Throughput, messages/s", throughput, "The flow has no nodes.", "rate"),
    "latency": Kind(
        "Latency, from producer to consumer",
        latency,
        "There is no path from a producer to a consumer.",
        "time",
    ),
    "queues": Kind("Queues, messages waiting", queues, "The flow has no edges.", "count"),
    "drops": Kind(
        "Drops, messages/s",
        drops,
        "No edge of this flow drops messages: a full one slows its source.",
        "rate",
    ),
}


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
        self._source = ColumnDataSource({column: [] for column in self._columns()})
        self.html = _legend(self._lines) if self._lines else f'<p class="df-quiet">{kind.nothing}</p>'
        if len(lines) > MOST_LINES:
            self.html += f'<p class="df-quiet">The first {MOST_LINES} of {len(lines)} lines are drawn.</p>'
        self.models: Mapping[str, Any] = {}
        if self._lines:
            self.models = {f"chart_{name}": _chart(kind, self._lines, self._source, fills_page)}

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
        for line in self._lines:
            yield [float(line.value(moment)) for moment in moments]


def _stroke(line: Line) -> tuple[str, str]:
    strokes = [(colour, dash) for dash, colour in product(DASHES, SERIES)]
    colour, dash = strokes[line.colour % len(strokes)]
    return colour, "dotted" if line.is_second else dash


def _legend(lines: Sequence[Line]) -> str:
    entries = "".join(
        f'<li title="{escaped(line.label)}"><i style="border-top:2px {_css(dash)} {colour}"></i>'
        f"{escaped(elided(line.label, LEGEND_LETTERS))}</li>"
        for line, (colour, dash) in zip(lines, map(_stroke, lines), strict=True)
    )
    return f'<ul class="df-names">{entries}</ul>'


def _css(dash: str) -> str:
    return dash if dash in ("solid", "dashed", "dotted") else "double"


@without_property_validation  # type: ignore[untyped-decorator]  # which would take as long as all else
def _chart(kind: Kind, lines: Sequence[Line], source: Any, fills_page: bool) -> Any:
    chart = figure(
        sizing_mode="stretch_both" if fills_page else "stretch_width",
        **({} if fills_page else {"height": HEIGHT}),
        toolbar_location=None,
        tools="",
        y_range=DataRange1d(start=0, only_visible=True),
        x_range=DataRange1d(range_padding=0),
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        output_backend="canvas",
        min_border_left=48,
    )
    view = CDSView()
    drawn = [_drawn(chart, f"line_{i}", line, source, view) for i, line in enumerate(lines)]
    chart.add_tools(
        HoverTool(
            renderers=drawn, tooltips=[("", "$name"), ("", "$snap_y{0.[000]}"), ("at", "$snap_x{0.[0]} s")]
        )
    )
    chart.xaxis.formatter = CustomJSTickFormatter(code=CLOCK)
    if kind.unit == "time":
        chart.yaxis.formatter = CustomJSTickFormatter(code=TIME)
    else:
        chart.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    chart.yaxis.ticker.desired_num_ticks = 4
    for axis in chart.axis:
        axis.axis_line_color = axis.major_tick_line_color = AXES
        axis.minor_tick_line_color = None
        axis.major_label_text_color = AXES
        axis.major_label_text_font_size = "11px"
    chart.grid.grid_line_color = GRID
    chart.xgrid.grid_line_color = None
    return chart


def _drawn(chart: Any, column: str, line: Line, source: Any, view: Any) -> Any:
    """What `figure.line` does, which makes seven models for each line and looks long at its arguments."""
    colour, dash = _stroke(line)
    glyph = LineGlyph(
        x="elapsed_s", y=column, line_color=colour, line_dash=dash, line_width=1.5 if line.is_second else 2
    )
    bare = dict.fromkeys(("selection_glyph", "nonselection_glyph", "hover_glyph", "muted_glyph"))
    return chart.add_glyph(source, glyph, name=line.label, view=view, **bare)
