"""One HTML file with all that a sweep says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from matplotlib.figure import Figure

from daskflow.experiments.analysis.metrics import Record
from daskflow.experiments.analysis.results import Results, read_results
from daskflow.experiments.analysis.scaling import RATE, Scaling, scalings
from daskflow.experiments.analysis.settings import groups_of, settings_words, swept
from daskflow.experiments.analysis.summary import summarise
from daskflow.experiments.report.plots import plots_of, save_figures
from daskflow.experiments.report.svg import inline_svg
from daskflow.experiments.report.tables import (
    facts,
    failures,
    nodes_table,
    results_table,
    scaling_table,
)
from daskflow.experiments.report.words import brackets_words, estimate_words, family_words, scaling_words

REPORT, PLOTS = "report.html", "plots"


def write_report(folder: str | Path, scale_by: Sequence[str] | None = None) -> Path:
    """Write ``report.html`` into the folder of a sweep.

    The file needs nothing beside itself, neither other files nor a network. It can be written while the
    sweep is under way, and again later. Blocks for some seconds.

    Parameters
    ----------
    folder : str or pathlib.Path
        What a sweep has written.
    scale_by : sequence of str, optional
        Numeric settings of which speed-ups are shown; by default those that say how many work at something,
        such as ``detector.nb_tasks``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ResultsError
        The folder is not one of a sweep.
    OptionError
        There is no such setting, or speed-ups were asked for by one without numbers above zero.
    OSError
        The file cannot be written.
    ModuleNotFoundError
        SciPy or Matplotlib is not installed.
    """
    results = read_results(folder)
    return _written(results, plots_of(results.records, scale_by=scale_by), scale_by)


def write_report_and_plots(folder: str | Path, scale_by: Sequence[str] | None = None) -> list[Path]:
    """Write ``report.html`` into the folder of a sweep, and its plots into ``plots`` there, as PNG and SVG.

    As `write_report` with `save_plots`, but each plot is drawn once; it raises what they do.

    Parameters
    ----------
    folder, scale_by
        As for `write_report`.

    Returns
    -------
    list of pathlib.Path
        The files.
    """
    results = read_results(folder)
    figures = plots_of(results.records, scale_by=scale_by)
    return [_written(results, figures, scale_by), *save_figures(figures, results.folder / PLOTS)]


def _written(results: Results, figures: Mapping[str, Figure], scale_by: Sequence[str] | None) -> Path:
    path = results.folder / REPORT
    part = path.with_suffix(".part")
    part.write_text(_html(results, figures, scale_by), encoding="utf-8")
    part.replace(path)  # a browser sees the old one or the new one
    return path


def _html(results: Results, figures: Mapping[str, Figure], scale_by: Sequence[str] | None) -> str:
    here = Path(__file__).parent
    templates = Environment(
        loader=FileSystemLoader(here), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return templates.get_template("report.html").render(
        css=Markup((here / "report.css").read_text(encoding="utf-8")),
        name=results.name,
        **_content(results, figures, scale_by),
    )


def _content(
    results: Results, figures: Mapping[str, Figure], scale_by: Sequence[str] | None
) -> dict[str, Any]:
    records = results.records
    counts = sorted({len(group.records) - group.nb_failed for group in groups_of(records)} - {0})
    return {
        "created_at": results.about.get("created_at") or "",
        "outline": _outline(results),
        "fastest": _fastest(records),
        "grid": facts(results.part("grid")),
        "run": facts(
            {name: results.about.get(name) for name in ("repeats", "warmup_messages", "seed", "commit")}
        ),
        "machine": facts(results.part("machine")),
        "versions": facts(results.part("versions")),
        "options": facts(results.part("options")),
        "brackets": brackets_words(counts),
        "table": results_table(records),
        "nodes": nodes_table(records),
        "scalings": [_scaling(scaling, list(swept(records))) for scaling in scalings(records, scale_by)],
        "plots": [
            (name, Markup(inline_svg(figure, name, f"Plot of {name}"))) for name, figure in figures.items()
        ],
        "failures": failures(records),
    }


def _outline(results: Results) -> str:
    records = results.records
    groups = groups_of(records)
    if not records:
        return "No trial is over yet."
    repeats = max(len(group.records) for group in groups)
    failed = sum(group.nb_failed for group in groups)
    planned = results.nb_planned or 0
    count = f"{len(records)} of {planned}" if planned > len(records) else f"{len(records)}"
    trials = "1 trial" if count == "1" else f"{count} trials"
    words = (
        f"{trials}: {len(groups)} combination{'s' * (len(groups) > 1)} of settings, "
        f"up to {repeats} time{'s' * (repeats > 1)} each"
    )
    return f"{words}; {failed} failed." if failed else f"{words}."


def _fastest(records: Sequence[Record]) -> str:
    rows = [row for row in summarise(records, [RATE]) if row.estimates]
    if len(rows) < 2:
        return ""
    best = max(rows, key=lambda row: row.estimates[RATE].value)
    where = settings_words(best.settings, swept(records))
    return f"Highest median rate: {estimate_words(best.estimates[RATE])} messages/s, with {where}."


def _scaling(scaling: Scaling, names: Sequence[str]) -> dict[str, Any]:
    return {
        "heading": family_words(scaling, names),
        "table": scaling_table(scaling),
        "words": list(scaling_words(scaling)),
    }
