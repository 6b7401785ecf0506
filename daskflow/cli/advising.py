"""Advice on the command line: a profile, the table, and what is said of it."""

from __future__ import annotations

import json
import shlex
import sys
import warnings
from pathlib import Path

import click

from daskflow.advice import Advice, FlowProfile
from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.cli.show import INTERRUPTED
from daskflow.errors import DaskflowError, ProfileError
from daskflow.flow import Flow
from daskflow.options import FlowOptions


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
        A file cannot be read or written, or is a profile of another flow, or chains that the flow names
        cannot be fused.
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
    except ValueError as error:  # the profile, the flow's chains, or a number
        raise UsageProblem(str(error)) from error
    click.echo(str(measured))
    click.echo(f"\n{advice}")
    changes = changes_of(advice, flow.options())
    click.echo(f"For daskflow run: {changes}" if changes else "That is what the flow is set to.")


def changes_of(advice: Advice, options: FlowOptions) -> str:
    """What is advised and does not hold anyway, as ``--set`` options for a shell."""
    changes = [
        f"{name}.{option}={value}"
        for name, own in advice.items()
        if name in options.nodes
        for option, value in own.items()
        if value != getattr(options.nodes[name], option)
    ]
    if advice.says_fuse and advice.fuse != options.fuse:
        changes.append(f"flow.fuse={json.dumps(advice.fuse)}")
    return " ".join(f"--set {shlex.quote(change)}" for change in changes)


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
