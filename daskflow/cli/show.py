"""A flow run on the command line: its progress, what its nodes did, and what failed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.errors import DaskflowError, OptionError
from daskflow.flow import Flow
from daskflow.monitor.progress import follow
from daskflow.monitor.summary import print_summary

INTERRUPTED = 130
"""Exit status of a program that Ctrl-C ended, by the custom of shells."""


def run_and_show(
    flow: Flow, console: Console | None = None, *, quiet: bool = False, is_left: bool = False, **options: Any
) -> None:
    """Run a flow to its end with a progress display.

    Parameters
    ----------
    flow : Flow
        A flow that does not run yet.
    console : rich.console.Console, optional
        The standard error stream by default: the standard output is the flow's own.
    quiet : bool, default False
        Say nothing but what went wrong.
    is_left : bool, default False
        Only start it: it goes on by itself.
    **options
        As for `Flow.run`.

    Raises
    ------
    UsageProblem
        An option makes no sense; nothing was started.
    FlowProblem
        The flow could not be started, or failed.
    SystemExit
        It was ended at once by Ctrl-C.
    """
    start_and_show(flow, lambda: flow.run(**options), console, quiet=quiet, is_left=is_left)


def start_and_show(
    flow: Flow,
    start: Callable[[], object],
    console: Console | None = None,
    *,
    quiet: bool = False,
    is_left: bool = False,
) -> None:
    """The same for a flow that is run by calling `start`."""
    try:
        if is_left:
            start()
            if not quiet:
                click.echo(
                    f"flow {flow.name} runs at {flow.scheduler_address}; daskflow stop {flow.name} ends it"
                )
        elif quiet:
            with warnings.catch_warnings(action="ignore"):
                start()
            flow.join()
        else:
            _show(flow, start, console or Console(stderr=True))
    except OptionError as error:
        raise UsageProblem(str(error)) from error
    except DaskflowError as error:
        raise FlowProblem(str(error), error.__cause__) from error
    except ValueError as error:  # a node that refuses the device it would be given
        raise FlowProblem(str(error), error) from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _show(flow: Flow, start: Callable[[], object], console: Console) -> None:
    with console.status("starting"):
        start()
    if flow.dashboard_link is not None:
        page = flow.dashboard_link.removesuffix("/status") + "/daskflow"
        console.print(f"dashboard: {page}", soft_wrap=True)
    try:
        follow(flow, console=console)
    finally:
        print_summary(flow.metrics(), console)
