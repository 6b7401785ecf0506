"""Errors as the command line says them: one line, an exit code, a traceback only of the user's own code."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from types import TracebackType

import click

from daskflow.core.secrets import masked

_OWN_FRAMES = tuple(f"{Path(__file__).parents[1] / part}{os.sep}" for part in ("runtime", "cli"))


class UsageProblem(click.ClickException):
    """The command cannot be carried out as it was given; nothing was started."""

    exit_code = 2


class FlowProblem(click.ClickException):
    """A flow, or the file that makes it, failed.

    Parameters
    ----------
    message : str
        One line.
    cause : BaseException, optional
        The user's exception; its traceback is shown above the line.
    """

    exit_code = 1

    def __init__(self, message: str, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self._cause = cause

    def show(self, file: object = None) -> None:
        """Print traceback and line to the standard error stream."""
        if self._cause is not None:
            click.echo(user_traceback(self._cause), err=True)
        click.echo(f"Error: {self.format_message()}", err=True)


def user_traceback(error: BaseException) -> str:
    """The traceback of an exception, without daskflow's own frames above the user's code, secrets masked."""
    lines = traceback.format_exception(type(error), error, _from_user_code(error.__traceback__))
    return masked("".join(lines).rstrip())


def _from_user_code(trace: TracebackType | None) -> TracebackType | None:
    first = trace
    while first is not None and first.tb_frame.f_code.co_filename.startswith((*_OWN_FRAMES, "<frozen")):
        first = first.tb_next
    return first or trace
