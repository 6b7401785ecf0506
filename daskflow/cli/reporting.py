"""``daskflow report``: the report and the plots of a folder of results, written again."""

from __future__ import annotations

from pathlib import Path

import click

from daskflow.cli.complaints import UsageProblem


@click.command("report")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--scale-by",
    multiple=True,
    metavar="NAME",
    help="Show speed-ups of this numeric setting; by default of those such as detector.nb_tasks. May be "
    "repeated.",
)
def report_command(folder: Path, scale_by: tuple[str, ...]) -> None:
    """Write report.html and plots/ of FOLDER, which a sweep has written, or is writing.

    Files that are there are replaced.
    """
    from daskflow.errors import DaskflowError

    try:
        from daskflow.experiments.report import write_report_and_plots

        report, *plots = write_report_and_plots(folder, list(dict.fromkeys(scale_by)) or None)
    except (DaskflowError, ModuleNotFoundError, OSError) as error:
        raise UsageProblem(str(error)) from error
    plots_too = f" and {plots[0].parent.resolve()}" if plots else ""
    click.echo(f"wrote {report.resolve()}{plots_too}")
