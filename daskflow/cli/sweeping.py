"""A sweep on the command line: its grid, its progress, its table, and what failed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click
import yaml

from daskflow.cli.complaints import UsageProblem
from daskflow.cli.loading import load_build
from daskflow.cli.show import INTERRUPTED
from daskflow.errors import OptionError, SweepError
from daskflow.experiments.sweeps import SweepResult, sweep
from daskflow.experiments.sweeps.grid import words


def grid_of(texts: Iterable[str]) -> dict[str, list[Any]]:
    """What several ``NAME=VALUE,VALUE`` mean: the values of each name, as in YAML, apart by commas.

    Raises
    ------
    UsageProblem
        One of them is not of this form, or a name comes twice.
    """
    grid: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not (equals and name and values):
            raise UsageProblem(
                "expected NODE.OPTION=VALUE,VALUE, such as detector.nb_tasks=1,2,4, or PARAMETER=VALUE,VALUE "
                f"for the function that builds the flow, got {text!r}"
            )
        if name in grid:
            raise UsageProblem(f"{name} is set twice: give all its values at once, {name}=1,2,4")
        grid[name] = values_of(values)
    return grid


def values_of(text: str) -> list[Any]:
    """``1,2,4`` as ``[1, 2, 4]``; a value with commas of its own is in quotes or brackets, as in YAML.

    Raises
    ------
    UsageProblem
        It is not YAML.
    """
    try:
        values = yaml.safe_load(f"[{text}]")
    except yaml.YAMLError as error:
        raise UsageProblem(f"cannot make sense of the values {text!r}: {error}") from error
    assert isinstance(values, list)
    return values


def sweep_and_show(target: str, texts: Iterable[str], *, quiet: bool, **options: Any) -> None:
    """Run a sweep and print its table.

    Parameters
    ----------
    target : str
        As for `load_build`.
    texts : iterable of str
        As for `grid_of`.
    quiet : bool
        Say nothing but what went wrong.
    **options
        As for `daskflow.experiments.sweep`.

    Raises
    ------
    UsageProblem
        Something was asked for that there is not; nothing was run.
    FlowProblem
        The file, or its function, raised before anything was run.
    SystemExit
        A trial failed, or Ctrl-C ended the sweep.
    """
    grid = grid_of(texts)
    build = load_build(target)
    try:
        result = sweep(build, grid, progress=not quiet, **options)
    except (OptionError, SweepError) as error:
        raise UsageProblem(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    _show(result, quiet=quiet)
    if not result.is_complete:
        sys.exit(INTERRUPTED)
    if result.failures:
        sys.exit(1)


def _show(result: SweepResult, *, quiet: bool) -> None:
    if result.records and not quiet:
        click.echo(result.table())
    if result.folder is not None and not quiet:
        click.echo(f"\nwrote {result.folder.resolve()}")
    for record in result.failures:
        click.echo(f"failed: {words(record['settings'])}: {record['error']}", err=True)
