"""One pair of axes: marks with their intervals along a setting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, NullLocator

from daskflow.experiments.report.series import Axis, Series
from daskflow.experiments.report.style import colour_of, dash_of, marker_of

WIDE = 16
"""An axis whose largest value is more than so many times the smallest is drawn in powers of two; so is one
whose ticks would overlap otherwise."""

TALL = 50
"""Figures that differ by more than this factor are drawn in powers of ten."""

_LETTER = 0.029
"""The width of a letter at a tick, as a share of the axis."""

_LABEL = 40
"""Letters in a line below the axis."""

_APART = 0.12
"""How far series are from each other where places only follow each other."""


def draw_series(
    axes: Axes, axis: Axis, series: Sequence[Series], labels: Sequence[str], *, is_joined: bool = True
) -> None:
    """Draw medians with their intervals, and each trial as a faint dot.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    axis : Axis
        What is along the bottom.
    series : sequence of Series
        What is drawn.
    labels : sequence of str
        Those of all series of the figure: their order gives colours and markers.
    is_joined : bool
        Whether marks are joined by lines, where they are on an axis of numbers.
    """
    for one in series:
        index = labels.index(one.label)
        shift = 0.0 if axis.is_numeric else (index - (len(labels) - 1) / 2) * _APART
        places = [mark.place + shift for mark in one.marks]
        colour = colour_of(index)
        for place, mark in zip(places, one.marks, strict=True):
            if len(mark.trials) > 1:
                axes.plot([place] * len(mark.trials), mark.trials, ".", color=colour, alpha=0.4, ms=4)
        axes.errorbar(
            places,
            [mark.estimate.value for mark in one.marks],
            yerr=_bars(one),
            fmt=marker_of(index),
            ls=dash_of(index) if is_joined and axis.is_numeric else "none",
            color=colour,
            ms=6,
            lw=1.6,
            elinewidth=1.4,
            capsize=4,
            label=_legend(one.label),
        )


def _legend(label: str) -> str | None:
    """A label as a legend shows it: one that begins with an underscore would be left out."""
    return f" {label}" if label.startswith("_") else label or None


def _bars(series: Series) -> list[list[float]]:
    below, above = [], []
    for mark in series.marks:
        found = mark.estimate
        below.append(0.0 if found.low is None else found.value - found.low)
        above.append(0.0 if found.high is None else found.high - found.value)
    return [below, above]


def set_bottom(axes: Axes, axis: Axis) -> None:
    """Scale, ticks and label of the axis along the bottom."""
    places, words = sorted(axis.places.values()), _words(axis)
    if not axis.is_numeric:
        axes.set_xlim(-0.6, len(places) - 0.4)
        is_crowded = _overlap(places, words, len(places) + 0.2)
    else:
        is_crowded = _overlap(places, words)
        if places[0] > 0 and (places[-1] > WIDE * places[0] or is_crowded):
            axes.set_xscale("log", base=2)
            is_crowded = _overlap([log(place) for place in places], words)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FixedFormatter(words))
    axes.xaxis.set_minor_locator(NullLocator())
    if is_crowded:
        axes.tick_params(axis="x", labelrotation=40)
        for label in axes.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")
    axes.set_xlabel(fill(axis.setting, _LABEL))
    axes.grid(visible=False, axis="x")


def _overlap(places: Sequence[float], words: Sequence[str], width: float | None = None) -> bool:
    """Whether words that stand beside each other at some places of an axis would touch."""
    width = width or (places[-1] - places[0]) * 1.1  # which has margins
    return any(
        (right[0] - left[0]) / width < (len(left[1]) + len(right[1]) + 1) / 2 * _LETTER
        for left, right in pairwise(zip(places, words, strict=True))
    )


def _words(axis: Axis) -> list[str]:
    """Ticks on their places; large numbers shortened, such as 65536 to 65.5k."""
    words = [word for _, word in sorted(zip(axis.places.values(), axis.words, strict=True))]
    if not axis.is_numeric:
        return words
    return [short(place) for place in sorted(axis.places.values())]


def short(number: float) -> str:
    """A number in few characters."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            return f"{number / (1e3 if letter == 'k' else limit):.3g}{letter}"
    return f"{number:g}"


def set_side(axes: Axes, series: Sequence[Series], heading: str, title: str) -> None:
    """Scale, label and title; zero is in sight unless the scale is logarithmic."""
    values = [value for one in series for mark in one.marks for value in (mark.estimate.value, *mark.trials)]
    if values and min(values) > 0 and max(values) > TALL * min(values):
        axes.set_yscale("log")
        steps = (1.0, 2.0, 5.0) if max(values) < 1000 * min(values) else (1.0,)
        axes.yaxis.set_major_locator(LogLocator(subs=steps))
        # Matplotlib would write powers of ten as formulas, which STYLE leaves as they are.
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        low, high = 1.08 * min([0.0, *values]), 1.08 * max([0.0, *values])
        axes.set_ylim(low, high if high > low else 1.0)
    axes.set_ylabel(heading)
    axes.set_title(title)
