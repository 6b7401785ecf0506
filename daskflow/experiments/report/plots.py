"""The plots of a sweep: throughput, latency, speed-up, CPU, memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from daskflow.experiments.analysis.metrics import METRICS, Record, is_of_a_node, metric_of, metrics_in
from daskflow.experiments.analysis.scaling import RATE, scalings
from daskflow.experiments.analysis.settings import numeric, refuse_unknown_settings, worker_settings
from daskflow.experiments.report.panel import draw_series, set_bottom, set_side
from daskflow.experiments.report.series import axis_of, labels_of, main_setting, series_of
from daskflow.experiments.report.speedup import draw_speed_up
from daskflow.experiments.report.style import PANEL_HEIGHT, PANEL_WIDTH, STYLE
from daskflow.experiments.report.words import bars_words

PLOTS = {
    "throughput": {RATE: "Throughput"},
    "latency": {
        "latency_p50_s": "Latency: median",
        "latency_p95_s": "Latency: 95 of 100 within",
        "latency_p99_s": "Latency: 99 of 100 within",
    },
    "cpu": {"cpu_s_per_message": "CPU time per message", "cpu_cores": "Cores kept busy"},
    "memory": {"memory_bytes": "Memory of the processes", "shared_memory_bytes": "Shared memory"},
}
"""Plots by name, with the metrics that each shows and their titles."""

SPEED_UP = "speed-up"

_BELOW: Any = "outside lower left"  # the type stubs know no places outside

_LETTERS = 12
"""Of a legend in an inch."""


def plots_of(
    records: Sequence[Record], setting: str | None = None, scale_by: Sequence[str] | None = None
) -> dict[str, Figure]:
    """Draw the trials of a sweep.

    Runs in the calling process and takes about a second. No window is opened; figures belong to the caller.

    Parameters
    ----------
    records : sequence of mapping
        The trials. What failed or was not measured is left out.
    setting : str, optional
        What is along the bottom; by default the number of workers that was swept, else another number. All
        other settings make series. For each other number that was swept there is a plot of the throughput
        too.
    scale_by : sequence of str, optional
        Numeric settings of which speed-ups are drawn; by default those that say how many work at something.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By name: ``"throughput"``, ``"speed-up"`` where workers were swept, ``"latency"``, ``"cpu"``,
        ``"memory"``, metrics of users by their names, and such as ``"throughput by flow.queue_size"``. Plots
        of which nothing was measured are missing.

    Raises
    ------
    OptionError
        There is no such setting, or speed-ups were asked for by one without numbers above zero.
    ModuleNotFoundError
        SciPy is not installed, and workers were swept.
    """
    if setting is not None:
        refuse_unknown_settings([setting], records)
    measured = set(metrics_in(records))
    along = main_setting(records) if setting is None else setting
    figures: dict[str, Figure] = {}
    with matplotlib.rc_context(STYLE):
        for name, titles in PLOTS.items():
            chosen = {metric: title for metric, title in titles.items() if metric in measured}
            if chosen:
                figures[name] = _figure(records, along, chosen)
            if RATE in chosen:
                figures.update(_speed_ups(records, along, scale_by))
        for metric in sorted(measured - METRICS.keys()):
            if not is_of_a_node(metric):
                figures[metric] = _figure(records, along, {metric: metric_of(metric).label})
        for other in numeric(records):
            if other != along and RATE in measured:
                figures[f"throughput by {other}"] = _figure(records, other, PLOTS["throughput"])
    return figures


def _speed_ups(
    records: Sequence[Record], along: str, scale_by: Sequence[str] | None
) -> Iterator[tuple[str, Figure]]:
    for setting in worker_settings(records) if scale_by is None else scale_by:
        found = scalings(records, [setting], resamples=0)
        found = [scaling for scaling in found if any(point.speed_up for point in scaling.points)]
        if found:
            figure = _laid_out(2)
            draw_speed_up(figure, records, setting, found)
            _finish(figure, records)
            yield SPEED_UP if setting == along else f"{SPEED_UP} by {setting}", figure


def save_plots(records: Sequence[Record], folder: str | Path) -> list[Path]:
    """Draw the trials of a sweep into files, each as PNG and as SVG.

    Parameters
    ----------
    records : sequence of mapping
        The trials.
    folder : str or pathlib.Path
        Where; it is made if it is missing, and files of the same names are replaced.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    OSError
        They cannot be written.
    ModuleNotFoundError
        SciPy is not installed, and workers were swept.
    """
    return save_figures(plots_of(records), folder)


def save_figures(figures: Mapping[str, Figure], folder: str | Path) -> list[Path]:
    """Write figures that `plots_of` has drawn, as `save_plots` does."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in figures.items():
        for kind in ("png", "svg"):
            path = folder / f"{_file_name(name)}.{kind}"
            metadata = {"Date": None} if kind == "svg" else None
            with matplotlib.rc_context(STYLE):
                figure.savefig(path, metadata=metadata)
            written.append(path)
    return written


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


def _figure(records: Sequence[Record], setting: str, titles: dict[str, str]) -> Figure:
    figure = _laid_out(len(titles))
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    axis, labels = axis_of(records, setting), labels_of(records, setting)
    for axes, (metric, title) in zip(panels, titles.items(), strict=True):
        series = series_of(records, axis, metric)
        draw_series(axes, axis, series, labels)
        set_bottom(axes, axis)
        set_side(axes, series, metric_of(metric).heading, title)
    _finish(figure, records)
    return figure


def _laid_out(panels: int) -> Figure:
    width = PANEL_WIDTH * panels if panels > 1 else PANEL_WIDTH * 1.15
    return Figure(figsize=(width, PANEL_HEIGHT))


def _finish(figure: Figure, records: Sequence[Record]) -> None:
    """Below the axes: what the bars mean, and a legend of all series, with lines of laws after them."""
    found: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    labels = sorted(found, key=lambda label: not isinstance(found[label], ErrorbarContainer))
    width = figure.get_figwidth()
    letters = int(width * _LETTERS)
    columns = max(1, min(4, letters // (6 + max(map(len, labels), default=1))))
    note = fill(bars_words(records), int(letters * 1.2))
    words = [fill(label, letters) for label in labels]
    legend = figure.legend(
        [found[label] for label in labels],
        words,
        loc=_BELOW,
        ncols=columns,
        title=note,
        title_fontsize=8,
        alignment="left",
    )
    legend.get_title().set_fontstyle("italic")
    rows = -(-len(words) // columns) + sum(word.count("\n") for word in words)
    lines = rows + note.count("\n") + 1
    figure.set_figheight(figure.get_figheight() + 0.2 * lines)
