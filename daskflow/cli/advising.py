"""Advice on the command line: a profile, the table, and what is said of it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click

from daskflow.advice import FlowProfile
from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.cli.show import INTERRUPTED
from daskflow.errors import DaskflowError, ProfileError
from daskflow.flow import Flow


def advise_and_show(
    flow: Flow,
    *,
    target_rate: float | None,
    cores: int | None,
    gpus: int | None,
    messages: int,
    profile: Path | None,
    save: Path | None,
    quiet: bool,
) -> None:
    """Profile a flow, unless a profile is given, and print what is advised.

    Parameters
    ----------
    flow : Flow
        A flow that does not run.
    target_rate, cores, gpus, messages
        As for `Flow.advise`.
    profile : pathlib.Path or None
        A file that was saved, so that nothing is run.
    save : pathlib.Path or None
        Where the profile goes; it is replaced if it exists.
    quiet : bool
        Show no progress.

    Raises
    ------
    UsageProblem
        A file cannot be read or written, or is a profile of another flow.
    FlowProblem
        The flow could not be profiled, or failed.
    SystemExit
        Ctrl-C ended it.
    """
    if save is not None and not save.resolve().parent.is_dir():
        raise UsageProblem(f"there is no folder {save.resolve().parent} for {save.name}")
    measured = _measured(flow, messages, quiet=quiet) if profile is None else _loaded(profile)
    if save is not None:
        _save(measured, save)
    try:
        advice = flow.advise(target_rate, cores=cores, gpus=gpus, profile=measured)
    except ProfileError as error:
        raise UsageProblem(str(error)) from error
    click.echo(str(measured))
    click.echo(f"\n{advice}")


def _measured(flow: Flow, messages: int, *, quiet: bool) -> FlowProfile:
    try:
        with warnings.catch_warnings():
            if quiet:
                warnings.simplefilter("ignore")
            return flow.profile(messages, quiet=quiet)
    except DaskflowError as error:
        raise FlowProblem(str(error), error.__cause__) from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _loaded(path: Path) -> FlowProfile:
    try:
        return FlowProfile.load(path)
    except (OSError, ProfileError) as error:
        raise UsageProblem(str(error)) from error


def _save(profile: FlowProfile, path: Path) -> None:
    try:
        profile.save(path)
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {path.resolve()}", err=True)
