"""Lines over time as a figure of Bokeh's, without the models that nobody sees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from bokeh.core.properties import without_property_validation
from bokeh.models import CDSView, CustomJSTickFormatter, DataRange1d, HoverTool, NumeralTickFormatter
from bokeh.models.glyphs import Line as LineGlyph
from bokeh.plotting import figure

from daskflow.monitor.page.lines import Line
from daskflow.monitor.page.look import AXES, DASHES, GRID, SERIES

HEIGHT = 190
"""Of a chart in the page, in pixels."""

CLOCK = (
    "const s = Math.max(0, Math.round(tick)); "
    "return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0')"
)
TIME = (
    "if (tick == 0) return '0'; return tick < 1 ? Number((tick * 1e3).toPrecision(3)) + ' ms' "
    ": Number(tick.toPrecision(3)) + ' s'"
)


def stroke(line: Line) -> tuple[str, str]:
    """Colour and dash of a line, by its number: all colours with the first dash, then with the next."""
    strokes = [(colour, dash) for dash, colour in product(DASHES, SERIES)]
    colour, dash = strokes[line.colour % len(strokes)]
    return colour, "dotted" if line.is_second else dash


@without_property_validation  # type: ignore[untyped-decorator]  # which would take as long as all else
def chart(lines: Sequence[Line], source: Any, *, is_time: bool, fills_page: bool) -> Any:
    """The figure.

    Parameters
    ----------
    lines : sequence of Line
        What is drawn.
    source : bokeh.models.ColumnDataSource
        Which has ``elapsed_s``, and ``line_0`` and so on for the lines.
    is_time : bool
        Whether its figures are seconds.
    fills_page : bool
        Whether it is as high as the window.
    """
    drawing = figure(
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
    drawn = [_drawn(drawing, f"line_{i}", line, source, view) for i, line in enumerate(lines)]
    drawing.add_tools(
        HoverTool(
            renderers=drawn, tooltips=[("", "$name"), ("", "$snap_y{0.[000]}"), ("at", "$snap_x{0.[0]} s")]
        )
    )
    drawing.xaxis.formatter = CustomJSTickFormatter(code=CLOCK)
    if is_time:
        drawing.yaxis.formatter = CustomJSTickFormatter(code=TIME)
    else:
        drawing.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    drawing.yaxis.ticker.desired_num_ticks = 4
    for axis in drawing.axis:
        axis.axis_line_color = axis.major_tick_line_color = AXES
        axis.minor_tick_line_color = None
        axis.major_label_text_color = AXES
        axis.major_label_text_font_size = "11px"
    drawing.grid.grid_line_color = GRID
    drawing.xgrid.grid_line_color = None
    return drawing


def _drawn(drawing: Any, column: str, line: Line, source: Any, view: Any) -> Any:
    """What `figure.line` does, which makes seven models for each line and looks long at its arguments."""
    colour, dash = stroke(line)
    glyph = LineGlyph(
        x="elapsed_s", y=column, line_color=colour, line_dash=dash, line_width=1.5 if line.is_second else 2
    )
    bare = dict.fromkeys(("selection_glyph", "nonselection_glyph", "hover_glyph", "muted_glyph"))
    return drawing.add_glyph(source, glyph, name=line.label, view=view, **bare)
