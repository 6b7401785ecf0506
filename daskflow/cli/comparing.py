"""``daskflow compare``: two folders of results beside each other, and a gate for a CI."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from daskflow.cli.complaints import UsageProblem


@click.command("compare")
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    default=("rate",),
    show_default=True,
    metavar="NAME",
    help="What is compared, such as latency_p95_s or detector.rate; may be repeated.",
)
@click.option(
    "--gate",
    "tolerance",
    type=click.FloatRange(0),
    metavar="SHARE",
    help="Exit with 1 if something is worse by more than this share (0.05 is 5 %), and not by chance.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all figures to this file too; it is replaced if it exists.",
)
def compare_command(
    before: Path, after: Path, metrics: tuple[str, ...], tolerance: float | None, file: Path | None
) -> None:
    """Compare the folders A and B, each written by a sweep, setting by setting.

    Says of each whether B differs from A by more than chance, and what else was different about the two.
    """
    from daskflow.errors import DaskflowError
    from daskflow.experiments import compare

    try:
        report = compare(before, after, list(dict.fromkeys(metrics)), tolerance)
        if file is not None:
            report.save(file)
    except (DaskflowError, ModuleNotFoundError, OSError) as error:
        raise UsageProblem(str(error)) from error
    for warning in report.comparison.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(str(report))
    if report.is_worse:
        sys.exit(1)
