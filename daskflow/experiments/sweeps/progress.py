"""How far a sweep has come, on a terminal or as lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from daskflow.experiments.sweeps.grid import Trial, words
from daskflow.monitor.figures import clock_words


@dataclass(frozen=True, slots=True)
class Step:
    """A trial that is about to run, or the end where there is none.

    Attributes
    ----------
    done, total : int
        Trials.
    failed : int
        How many of those that are done.
    trial : Trial or None
        The next one.
    left_s : float or None
        About how long all that are left will take, in seconds; None while nobody knows.
    """

    done: int
    total: int
    failed: int
    trial: Trial | None
    left_s: float | None

    def words(self) -> str:
        """What runs next, and how many have failed."""
        parts = [] if self.trial is None else [words(self.trial.settings)]
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)

    def line(self) -> str:
        """All of it in a line."""
        parts = [self.words()]
        if self.trial is not None and self.left_s is not None:
            parts.append(f"about {clock_words(self.left_s)} left")
        said = ", ".join(filter(None, parts))
        return f"{self.done} of {self.total} trials" + (f": {said}" if said else "")


class Shows(Protocol):
    """What is told of each step."""

    def __call__(self, step: Step, /) -> None:
        """Show it; returns at once."""


class Forecast:
    """Says how long trials will take, by how long those of the same setting took."""

    def __init__(self) -> None:
        self._taken_s: dict[str, list[float]] = {}

    def note(self, trial: Trial, taken_s: float) -> None:
        """A trial took so many seconds, with its start and its end."""
        self._taken_s.setdefault(words(trial.settings), []).append(taken_s)

    def left_s(self, trials: Sequence[Trial]) -> float | None:
        """How many seconds some trials will take; None before any was noted."""
        if not self._taken_s:
            return None
        means = {setting: mean(taken_s) for setting, taken_s in self._taken_s.items()}
        usual = mean(means.values())
        return sum(means.get(words(trial.settings), usual) for trial in trials)


@contextmanager
def shown(console: Console | None = None) -> Iterator[Shows]:
    """Show steps on a console: a bar on a terminal, elsewhere a line for each.

    Parameters
    ----------
    console : rich.console.Console, optional
        The standard error stream by default, so that a table can be piped.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: console.print(step.line(), highlight=False, markup=False, soft_wrap=True)
        return
    progress = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _TimeLeft(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        refresh_per_second=1,  # what is measured should have the machine to itself
        # Rich prints what it redirects on its own console: a piped stream must not end up there.
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=sys.stderr.isatty(),
    )
    with progress:
        task = progress.add_task("", total=None)

        def show(step: Step) -> None:
            end_s = None if step.left_s is None else time.monotonic() + step.left_s
            progress.update(
                task, completed=step.done, total=step.total, description=step.words(), end_s=end_s
            )
            progress.refresh()

        yield show


class _TimeLeft(ProgressColumn):
    """Until the end that was foretold; rich's own column would take every trial for as long as the last."""

    def render(self, task: Task) -> Text:
        end_s = task.fields.get("end_s")
        left = "-:--" if end_s is None else clock_words(max(0.0, end_s - time.monotonic()))
        return Text(left, style="progress.remaining")
