"""A bench from its first trial to its report: the systems of a workload in turn, again and again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from daskflow.experiments.bench.arrivals import Figures
from daskflow.experiments.bench.machine import machine_facts
from daskflow.experiments.bench.report import BenchReport, Failure
from daskflow.experiments.bench.serve import TrialError, TrialProcess
from daskflow.experiments.bench.summary import Record, derived, record
from daskflow.experiments.bench.workloads import Trial, Workload, chosen_workloads

QUICK_S, FULL_S = 1.0, 3.0
"""Seconds that a stream is sent for."""

QUICK_REPEATS, FULL_REPEATS = 1, 3

WARM_SHARE = 0.2
"""The part of a stream's time that is not counted."""

PATIENCE_S = 60.0
"""How much longer than its stream a trial may take, in seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """A trial that is about to run.

    Attributes
    ----------
    workload, system : str
        What is measured next.
    repeat, repeats : int
        Which repeat of how many, from 0.
    done, total : int
        Trials.
    """

    workload: str
    system: str
    repeat: int
    repeats: int
    done: int
    total: int


def run_bench(
    *,
    quick: bool = False,
    workloads: Sequence[str] = (),
    repeats: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Step], None] | None = None,
) -> BenchReport:
    """Measure daskflow against raw baselines on this machine; blocks until all is measured.

    Parameters
    ----------
    quick : bool, default False
        Few workloads, once, with short streams: less than half a minute. A full run takes minutes.
    workloads : sequence of str, optional
        Names in `WORKLOADS`; by default all of them, or those of a quick run.
    repeats : int, optional
        How often each system is measured, in turn with the others.
    seconds : float, optional
        How long a stream is sent, in seconds.
    progress : callable, optional
        Called with a `Step` before each trial.

    Returns
    -------
    BenchReport
        Also where trials failed: those are in its `failures`.

    Raises
    ------
    UnknownWorkload
        A name is none.
    ValueError
        `repeats` or `seconds` is not positive.
    """
    chosen = chosen_workloads(workloads, quick=quick)
    repeats = repeats if repeats is not None else (QUICK_REPEATS if quick else FULL_REPEATS)
    seconds = seconds if seconds is not None else (QUICK_S if quick else FULL_S)
    if repeats < 1 or seconds <= 0:
        raise ValueError(f"repeats and seconds are positive, got {repeats} and {seconds}")
    begin_s = time.monotonic()
    turns = list(_turns(chosen, repeats, quick=quick))
    records: list[Record] = []
    failures: list[Failure] = []
    with _laboratory() as laboratory:
        for done, (workload, repeat, trial) in enumerate(turns):
            if any((f.workload, f.system) == (workload.name, trial.system) for f in failures):
                continue  # it would fail again, and may take its time about it
            if progress is not None:
                progress(Step(workload.name, trial.system, repeat, repeats, done, len(turns)))
            try:
                figures = laboratory.measure(trial, seconds * workload.stretch)
            except TrialError as error:
                failures.append(Failure(workload.name, trial.system, repeat, str(error)))
                continue
            records += [record(workload.name, trial.system, repeat, *item) for item in figures.items()]
    options = {
        "quick": quick,
        "workloads": [workload.name for workload in chosen],
        "repeats": repeats,
        "stream_s": seconds,
        "elapsed_s": round(time.monotonic() - begin_s, 1),
    }
    return BenchReport(machine_facts(), options, (*records, *derived(records)), tuple(failures))


def _turns(
    workloads: Sequence[Workload], repeats: int, *, quick: bool
) -> Iterator[tuple[Workload, int, Trial]]:
    for workload in workloads:
        for repeat in range(repeats):
            for trial in workload.trials:
                if not (trial.is_reference and (quick or repeat)):
                    yield workload, repeat, trial


def timed_request(request: Mapping[str, Any], seconds: float, folder: str) -> dict[str, Any]:
    """A trial's request with the length of its stream, in seconds, and a folder for its nodes' notes."""
    timed = {**request, "folder": folder}
    if "stream" in request:
        timed["stream"] = {**request["stream"], "seconds": seconds, "warm_s": seconds * WARM_SHARE}
    return timed


class _Laboratory:
    """The processes in which trials run: one for all flows whose measurement bears it, to save time."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._kept: dict[str, TrialProcess] = {}

    def measure(self, trial: Trial, seconds: float) -> Figures:
        process = None if trial.is_fresh else self._kept.pop(trial.module, None)
        process = process or TrialProcess(trial.module)
        try:
            figures = process.ask(timed_request(trial.request, seconds, self._folder), seconds + PATIENCE_S)
        except BaseException:
            process.kill()  # nobody waits for what it may still be doing
            process.close()
            raise
        if trial.is_fresh:
            process.close()
        else:
            self._kept[trial.module] = process
        return figures

    def close(self) -> None:
        for process in self._kept.values():
            process.close()


@contextmanager
def _laboratory() -> Iterator[_Laboratory]:
    with tempfile.TemporaryDirectory(prefix="daskflow-bench-", ignore_cleanup_errors=True) as folder:
        laboratory = _Laboratory(folder)
        try:
            yield laboratory
        finally:
            laboratory.close()
