"""A bench on the command line: its progress, its table, and what failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from daskflow.cli.complaints import UsageProblem
from daskflow.cli.show import INTERRUPTED
from daskflow.experiments.bench.report import PLAIN_WIDTH, BenchReport
from daskflow.experiments.bench.runner import Step, run_bench
from daskflow.experiments.bench.workloads import WORKLOADS, UnknownWorkload, chosen_workloads


def list_workloads() -> None:
    """Print each workload with what it is; those of a quick run have a star."""
    width = max(map(len, WORKLOADS))
    for workload in WORKLOADS.values():
        click.echo(f"{workload.name:{width}} {'*' if workload.is_quick else ' '} {workload.says}")
    click.echo("\n* in a quick run too")


def bench_and_show(*, quick: bool, workloads: Sequence[str], repeats: int | None, file: Path | None) -> None:
    """Run a bench and print its table; figures that were asked for as a file are written to it.

    Parameters
    ----------
    quick, workloads, repeats
        As for `run_bench`.
    file : pathlib.Path or None
        Where the JSON goes; it is replaced if it exists.

    Raises
    ------
    UsageProblem
        A workload is unknown, or the file cannot be written there.
    SystemExit
        A trial failed, or Ctrl-C ended it.
    """
    _check(quick, workloads, file)
    try:
        with _progress(Console(stderr=True)) as progress:
            report = run_bench(quick=quick, workloads=workloads, repeats=repeats, progress=progress)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    _show(report)
    if file is not None:
        report.save(file)
        click.echo(f"wrote {file.resolve()}")
    if report.failures:
        sys.exit(1)


def _check(quick: bool, workloads: Sequence[str], file: Path | None) -> None:
    try:
        chosen_workloads(workloads, quick=quick)
    except UnknownWorkload as error:
        raise UsageProblem(str(error)) from error
    if file is None:
        return
    if file.is_dir():
        raise UsageProblem(f"{file} is a folder: --json takes the file to write")
    if not file.resolve().parent.is_dir():
        raise UsageProblem(f"{file} cannot be written: there is no folder {file.resolve().parent}")


def _show(report: BenchReport) -> None:
    facts = report.machine
    click.echo(
        f"{facts['cpu_model']}, {facts['cores_usable']} cores, {facts['memory_gb']} GB; "
        f"Python {facts['python']}, NumPy {facts['numpy']}, Dask {facts['dask']}, "
        f"daskflow {facts['daskflow']}\n"
    )
    console = Console()
    if console.is_terminal and console.width >= PLAIN_WIDTH:
        console.print(report.table())
    else:
        click.echo(str(report))  # a cell that is cut or folded is worse than a line that is
    click.echo(f"\n{report.options['elapsed_s']:.0f} s; ratio is daskflow's median divided by the baseline's")
    for failure in report.failures:
        click.echo(f"failed: {failure.workload}, {failure.system}: {failure.reason}", err=True)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[Step], None]]:
    if not console.is_terminal:
        yield lambda step: click.echo(_said(step), err=True)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    # Few refreshes: what is measured should have the machine to itself.
    with Progress(*columns, console=console, transient=True, refresh_per_second=1) as progress:
        task = progress.add_task("", total=None)

        def show(step: Step) -> None:
            progress.update(task, completed=step.done, total=step.total, description=_said(step))
            progress.refresh()

        yield show


def _said(step: Step) -> str:
    turn = f", {step.repeat + 1} of {step.repeats}" if step.repeats > 1 else ""
    return f"{step.workload}: {step.system}{turn}"
