"""Errors as the command line says them: one line, an exit code, a traceback only of the user's own code."""

from __future__ import annotations

import click

from daskflow.core.tracebacks import user_traceback


def harmless(text: str) -> str:
    """A text without what a terminal would obey: an error may quote anything."""
    return "".join(char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text)


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
            click.echo(harmless(user_traceback(self._cause)), err=True)
        click.echo(f"Error: {harmless(self.format_message())}", err=True)


class NothingToShow(click.ClickException):
    """There is nothing of what was asked for."""

    exit_code = 1
