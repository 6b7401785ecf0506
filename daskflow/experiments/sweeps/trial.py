"""One trial: a fresh flow, run and measured."""

from __future__ import annotations

import contextlib
import datetime
import logging
import math
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from daskflow.errors import DaskflowError, FlowFailed
from daskflow.experiments.bench.meter import CpuHistory
from daskflow.experiments.sweeps.building import FlowBuilder, overrides_of
from daskflow.experiments.sweeps.grid import Trial, plain, words
from daskflow.experiments.sweeps.held_server import HeldServer
from daskflow.experiments.sweeps.metrics import (
    Figures,
    Measured,
    UserMetric,
    UserMetrics,
    figures_of,
    names_for,
)
from daskflow.experiments.sweeps.span import Limits, arrived
from daskflow.experiments.sweeps.watch import RunWatch, TrialFailed
from daskflow.flow import Flow

logger = logging.getLogger("daskflow.experiments")

OK, FAILED = "ok", "failed"
"""How a trial went."""

Record = dict[str, Any]
"""What is kept of a trial."""


class TrialRunner:
    """Runs trials, one after the other.

    Parameters
    ----------
    builder : FlowBuilder
        Where the flows come from.
    limits : Limits
        What is measured of a run, and when it is ended.
    metrics : mapping of str to callable, optional
        What is measured besides: each is given the last `RunSnapshot` and returns a number.
    cluster : mapping, optional
        As for `Flow.run`; no dashboard by default.
    chosen : sequence of str, optional
        The metrics to keep; all by default.
    server : HeldServer, optional
        Forks the workers of all trials. Whoever gives it closes it.
    """

    def __init__(
        self,
        builder: FlowBuilder,
        limits: Limits,
        metrics: UserMetrics | None = None,
        cluster: Mapping[str, Any] | None = None,
        chosen: Sequence[str] | None = None,
        server: HeldServer | None = None,
    ) -> None:
        self._builder = builder
        self._limits = limits
        self._metrics = metrics or {}
        self._cluster = {"dashboard_address": None, **(cluster or {})}
        self._chosen = chosen
        self._server = server

    def record_of(self, trial: Trial) -> Record:
        """Run a trial; blocks until nothing of its run is left.

        Whatever goes wrong is in the record, except a Ctrl-C: that ends the run at once and is raised.
        """
        record: Record = {
            "trial": trial.trial,
            "repeat": trial.repeat,
            "order": trial.order,
            "settings": {key: plain(key, value) for key, value in trial.settings.items()},
            "seed": trial.seed,
            "status": OK,
            "error": None,
            "started_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        }
        figures: Figures = dict.fromkeys([*names_for(()), *self._metrics])
        try:
            flow = self._builder.flow_of(trial.settings, trial.seed)
            figures = dict.fromkeys([*names_for(node.name or "" for node in flow.nodes), *self._metrics])
            measured = self._run(flow, trial)
            figures |= figures_of(measured)
            for name, metric in self._metrics.items():
                figures[name] = _number(name, metric, measured)
        except Exception as error:  # noqa: BLE001  a trial may fail of anything, and the others go on
            record |= {"status": FAILED, "error": _said(error)}
        if self._chosen is not None:
            figures = {name: figures.get(name) for name in self._chosen}
        return record | figures

    def _run(self, flow: Flow, trial: Trial) -> Measured:
        if self._server is not None:
            self._server.serve(flow)
        begin_s = time.monotonic()
        with CpuHistory() as cpu:
            with warnings.catch_warnings(action="ignore", category=UserWarning):
                # Of more tasks than cores, such as the plan warns of: that is what is tried.
                flow.run(cluster=self._cluster, overrides=overrides_of(trial.settings))
            watching = RunWatch(flow, self._limits, begin_s)
            try:
                watching.until_over()
                flow.join()
            except BaseException:
                with contextlib.suppress(FlowFailed):
                    flow.stop(drain=False)
                raise
            finally:
                watching.close()
        final, begin = flow.metrics(), watching.span.begin
        end = watching.span.end or final
        if begin is None and self._limits.warmup_messages:
            logger.warning(
                "%s: the flow ended within its warm-up, or before anyone looked after it (%d messages had "
                "come to its end, and %d are warm-up): the figures are those of the whole run. Give it more "
                "messages, or a shorter warm-up",
                words(trial.settings),
                arrived(final),
                self._limits.warmup_messages,
            )
        since_s = begin.time_s if begin else end.time_s - end.elapsed_s
        to_monotonic_s = time.monotonic() - time.time()
        process_s = cpu.spent_s(since_s + to_monotonic_s, end.time_s + to_monotonic_s)
        return Measured(begin, end, final, process_s, watching.footprint)


def _number(name: str, metric: UserMetric, measured: Measured) -> float | None:
    try:
        found = metric(measured.final)
        value = None if found is None else float(found)
    except Exception as error:
        raise TrialFailed(f"metric {name!r} raised {type(error).__name__}: {error}") from error
    return value if value is not None and math.isfinite(value) else None  # JSON has no others


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, DaskflowError) else f"{type(error).__name__}: {error}"
