"""The plot of speed-up and efficiency, with the ideal line and the fitted laws."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from daskflow.experiments.analysis.laws import AMDAHL, USL, Law
from daskflow.experiments.analysis.metrics import Record
from daskflow.experiments.analysis.scaling import Point, Scaling
from daskflow.experiments.analysis.settings import settings_words
from daskflow.experiments.report.panel import draw_series, set_bottom
from daskflow.experiments.report.series import Mark, Series, axis_of, labels_of, other_names
from daskflow.experiments.report.style import INK, colour_of

_LINES = {AMDAHL: ":", USL: "--"}
_BEYOND = 1.5
"""How far beyond what was measured a law is drawn to show its peak."""


def draw_speed_up(figure: Figure, records: Sequence[Record], setting: str, found: Sequence[Scaling]) -> None:
    """Draw into an empty figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Two pairs of axes are added to it.
    records : sequence of mapping
        The trials.
    setting : str
        The one along the bottom.
    found : sequence of Scaling
        Those of this setting.
    """
    left, right = figure.subplots(1, 2)
    axis, labels = axis_of(records, setting), labels_of(records, setting)
    names = other_names(records, setting)
    scaled = [(settings_words(scaling.others, names), scaling) for scaling in found]
    speed_ups = [_series(label, scaling.points, "speed_up", 1.0) for label, scaling in scaled]
    efficiencies = [_series(label, scaling.points, "efficiency", 100.0) for label, scaling in scaled]
    fewest, most = found[0].fewest, max(axis.places.values())
    left.plot([fewest, most], [1.0, most / fewest], color=INK, lw=1, alpha=0.6, label="ideal")
    right.axhline(100.0, color=INK, lw=1, alpha=0.6)
    for label, scaling in scaled:
        _draw_laws(left, scaling, colour_of(labels.index(label)))
    _name_laws(left, found)
    has_laws = any(isinstance(law, Law) for scaling in found for law in scaling.laws.values())
    draw_series(left, axis, speed_ups, labels, is_joined=not has_laws)
    draw_series(right, axis, efficiencies, labels)
    for axes, heading, title in (
        (left, "rate, as a multiple of the first", "Speed-up"),
        (right, "speed-up, in % of the ideal", "Efficiency"),
    ):
        set_bottom(axes, axis)
        axes.set_ylim(0.0, 1.04 * axes.get_ylim()[1])
        axes.set_ylabel(heading)
        axes.set_title(title)


def _series(label: str, points: Sequence[Point], what: str, scale: float) -> Series:
    marks = [
        Mark(point.workers, value.scaled(scale))
        for point in points
        if (value := getattr(point, what)) is not None
    ]
    return Series(label, tuple(marks))


def _draw_laws(axes: Axes, scaling: Scaling, colour: str) -> None:
    base = next((point.rate.value for point in scaling.points if point.workers == scaling.fewest), 0.0)
    if not base:
        return
    most = max(point.workers for point in scaling.points)
    for name, law in scaling.laws.items():
        if isinstance(law, Law):
            end = min(law.peak * 1.1, most * _BEYOND) if most < law.peak < most * _BEYOND else most
            workers = np.linspace(scaling.fewest, end, 200)
            rates = [law.predict(number) / base for number in workers]
            axes.plot(workers, rates, _LINES[name], color=colour, lw=1.4)
            if isfinite(law.peak) and scaling.fewest <= law.peak <= end:
                axes.plot([law.peak], [law.limit / base], "*", color=colour, ms=11)


def _name_laws(axes: Axes, found: Sequence[Scaling]) -> None:
    """Lines of laws have the colours of their series; the legend has them once."""
    for name, label in ((AMDAHL, "Amdahl's law"), (USL, "Universal Scalability Law, ★ its peak")):
        if any(isinstance(scaling.laws[name], Law) for scaling in found):
            axes.plot([], [], _LINES[name], color=INK, lw=1.4, label=label)
