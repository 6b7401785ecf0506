"""A sweep from its first trial to its result."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from daskflow.core.arguments import number, optional_whole, whole
from daskflow.errors import SweepError
from daskflow.experiments.sweeps.building import FlowBuilder
from daskflow.experiments.sweeps.description import describe
from daskflow.experiments.sweeps.grid import Grid, Trial
from daskflow.experiments.sweeps.held_server import HeldServer
from daskflow.experiments.sweeps.journal import Journal
from daskflow.experiments.sweeps.metrics import UserMetrics, names_for
from daskflow.experiments.sweeps.progress import Forecast, Shows, Step, shown
from daskflow.experiments.sweeps.result import SweepResult
from daskflow.experiments.sweeps.rows import FIRST, LAST
from daskflow.experiments.sweeps.span import Limits
from daskflow.experiments.sweeps.trial import FAILED, Record, TrialRunner
from daskflow.experiments.sweeps.wanted import checked_metrics, refuse_unknown_metrics
from daskflow.flow import Flow
from daskflow.monitor.figures import flow_length

logger = logging.getLogger("daskflow.experiments")


def sweep(
    build_flow: Callable[..., Flow],
    grid: Mapping[str, Iterable[Any]],
    *,
    repeats: int = 3,
    warmup_messages: int = 0,
    metrics: UserMetrics | Iterable[str] | None = None,
    messages: int | None = None,
    duration_s: float | None = None,
    trial_timeout_s: float | None = None,
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    name: str | None = None,
    cluster: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> SweepResult:
    """Run a flow under every setting of a grid, again and again, and measure each run.

    Blocks until all trials are done. Ctrl-C ends the trial that runs, which is then not counted, and the
    sweep: what is done is returned. A trial that fails is a record too, and the others go on.

    Parameters
    ----------
    build_flow : callable
        Returns a fresh flow, which this process runs. If it has a parameter ``seed``, it gets the trial's. It
        is called a few times more, before anything runs, to check the grid.
    grid : mapping of str to iterable
        The values of each key: ``"node.option"`` or ``"flow.option"``, as for the overrides of `Flow.run`, or
        without a dot a parameter of `build_flow`. Values are such as JSON can say.
    repeats : int, default 3
        How often each setting is tried. Each repeat goes through all settings, in an order of its own.
    warmup_messages : int, default 0
        A run is measured from when so many messages had come to the end of the flow.
    metrics : mapping of str to callable, or iterable of str, optional
        A mapping is of what is measured besides the usual, by name: each function is given the last
        `RunSnapshot` of a run and returns a number, or None where there is none. Names alone are what is kept
        and shown of the usual, instead of all: ``["rate", "detector.busy"]``.
    messages : int, optional
        End a run, by `Flow.stop`, when so many messages have come to the end after the warm-up. By default a
        run goes on until its producers end.
    duration_s : float, optional
        End it so many seconds after the warm-up.
    trial_timeout_s : float, optional
        A run that goes on for longer than this, from its start to its end, is ended at once and has failed.
        One whose processes take longer to load their nodes is not noticed before they have.
    seed : int, default 0
        Of the order of settings and of the trials' seeds. The settings of a repeat have the same seed.
    folder : str or os.PathLike, optional
        Where records are kept as soon as they are made, and all files of `SweepResult.save` at the end. If it
        has records of the same sweep, those trials are not run again, whether they went well or not.
    name : str, optional
        What the sweep is called; by default as the flow.
    cluster : mapping, optional
        As for `Flow.run`. There is no dashboard unless this says otherwise; ``daskflow top`` works without.
    progress : bool, default True
        Show on the standard error stream how far it has come.

    Returns
    -------
    SweepResult
        Records, table, files.

    Raises
    ------
    OptionError
        A node, an option or a parameter that the grid names does not exist, nor a metric, or a value makes no
        sense. As with the other errors, nothing has been run. It is a `ValueError`.
    SweepError
        The grid, another argument or the folder makes no sense, or the folder is that of another sweep. It
        is a `ValueError`.
    KeyboardInterrupt
        Ctrl-C came while the grid was checked or files were written.
    """
    varied, (own, chosen) = _checked_grid(grid), checked_metrics(metrics)
    limits = _checked_limits(warmup_messages, messages, duration_s, trial_timeout_s)
    repeats, seed = _checked("repeats", repeats, least=1), _checked("seed", seed)
    builder = FlowBuilder(build_flow)
    flows = builder.check(varied.points)
    nodes = list(dict.fromkeys(str(node.name) for flow in flows for node in flow.nodes))
    refuse_unknown_metrics(chosen or (), nodes)
    if not (limits.ends_runs or limits.timeout_s):
        _warn_of_the_endless(flows)
    description = describe(
        flows[0],
        build_flow,
        name=name or flows[0].name,
        grid=varied.plain,
        repeats=repeats,
        warmup_messages=limits.warmup_messages,
        metrics=chosen or [*names_for(nodes), *own],
        seed=seed,
        limits={"messages": messages, "duration_s": duration_s, "trial_timeout_s": trial_timeout_s},
    )
    target = None if folder is None else Path(folder)
    with contextlib.ExitStack() as stack:
        show = stack.enter_context(shown()) if progress else _show_nothing
        journal = None if target is None else stack.enter_context(Journal.opened(target, description))
        server = stack.enter_context(contextlib.closing(HeldServer()))
        runner = TrialRunner(builder, limits, own, cluster, chosen, server)
        records = _run(runner, varied.trials(repeats, seed), journal, show)
        description = journal.description if journal else description
    result = SweepResult(description, records, target)
    if target is not None:
        result.save()
    return result


def _run(runner: TrialRunner, trials: Sequence[Trial], journal: Journal | None, show: Shows) -> list[Record]:
    """Run what is not done yet; all records, by number."""
    records = {record["trial"]: record for record in journal.records} if journal else {}
    wanted = {trial.trial for trial in trials} | set(records)
    left = [trial for trial in trials if trial.trial not in records]
    forecast = Forecast()

    def tell(trial: Trial | None) -> None:
        failed = sum(record["status"] == FAILED for record in records.values())
        show(Step(len(records), len(wanted), failed, trial, forecast.left_s(left)))

    try:
        while left:
            trial = left[0]
            tell(trial)
            begin_s = time.monotonic()
            record = runner.record_of(trial)
            if journal is not None:
                journal.add(record)
            records[trial.trial] = record
            forecast.note(trial, time.monotonic() - begin_s)
            del left[0]
        tell(None)
    except KeyboardInterrupt:
        logger.warning("the sweep was ended by Ctrl-C: %d of %d trials are done", len(records), len(wanted))
    return [records[number] for number in sorted(records)]


def _warn_of_the_endless(flows: Iterable[Flow]) -> None:
    """Not refused: producers that end need not say when."""
    if any(flow_length(flow.nodes) is None for flow in flows):
        logger.warning(
            "no producer says how many messages it has: a trial ends when they do, if they ever do. "
            "messages= or duration_s= end it before; on the command line --messages or --duration"
        )


def _show_nothing(step: Step) -> None:
    pass


def _checked_grid(grid: Mapping[str, Iterable[Any]]) -> Grid:
    varied = Grid(grid)
    for key in varied.values:
        if key in (*FIRST, *LAST):
            raise SweepError(f"{key!r} in the grid is the name of a column of the results: call it otherwise")
    return varied


def _checked_limits(
    warmup_messages: int, messages: int | None, duration_s: float | None, trial_timeout_s: float | None
) -> Limits:
    for what, seconds in (("duration_s", duration_s), ("trial_timeout_s", trial_timeout_s)):
        try:
            if seconds is not None and number(what, seconds) <= 0:
                raise ValueError(f"{what} is positive, got {seconds}")
        except (TypeError, ValueError) as error:
            raise SweepError(str(error)) from error
    try:
        messages = optional_whole("messages", messages, least=1)
    except (TypeError, ValueError) as error:
        raise SweepError(str(error)) from error
    return Limits(_checked("warmup_messages", warmup_messages), messages, duration_s, trial_timeout_s)


def _checked(what: str, value: Any, least: int = 0) -> int:
    try:
        return whole(what, value, least=least)
    except (TypeError, ValueError) as error:
        raise SweepError(str(error)) from error
