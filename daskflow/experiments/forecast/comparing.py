"""Profiles a flow, runs it as advised, and compares."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from daskflow.advice import Advice
from daskflow.flow import Flow
from daskflow.monitor.figures import latency_of, rate_of
from daskflow.monitor.snapshot import RunSnapshot

WARM_S = 2.0
"""After this edges are full and rates steady."""

MEASURED_S = 6.0
"""What a snapshot calls recent is five seconds: those are of the steady state."""

NO_DASHBOARD: dict[str, Any] = {"dashboard_address": None}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A forecast and what came of it.

    Attributes
    ----------
    name : str
        Of the flow.
    advice : Advice
        The forecast.
    rate : float
        Messages per second that came to the end, as advised.
    latency_s : float
        Mean time from the source to the end, in seconds.
    foreign_cores : float
        How many cores something else took meanwhile.
    """

    name: str
    advice: Advice
    rate: float
    latency_s: float
    foreign_cores: float

    @property
    def error(self) -> float:
        """By which part of the forecast the flow was faster; below 0 where it was slower."""
        return self.rate / self.advice.expected_rate - 1.0


def compare(flow: Flow, target_rate: float | None = None, messages: int = 200) -> Comparison:
    """Profile a flow, ask for advice, run the flow by it and measure. Blocks for some fifteen seconds.

    Parameters
    ----------
    flow : Flow
        One without an end.
    target_rate : float, optional
        As for `Flow.advise`.
    messages : int, default 200
        As for `Flow.profile`.
    """
    profile = flow.profile(messages, cluster=NO_DASHBOARD)
    advice = flow.advise(target_rate, profile=profile)
    snapshot = steady(flow, advice)
    machine, scheduler = snapshot.machine, snapshot.scheduler
    return Comparison(
        name=flow.name,
        advice=advice,
        rate=rate_of(snapshot),
        latency_s=latency_of(snapshot).mean_s,
        foreign_cores=max(0.0, machine.cpu - machine.flow_cpu - scheduler.process_cpu),
    )


def steady(flow: Flow, advice: Advice) -> RunSnapshot:
    """Run a flow as advised until it is steady; its last seconds while it runs."""
    flow.run(cluster=NO_DASHBOARD, overrides=advice)
    try:
        time.sleep(WARM_S + MEASURED_S)
        return flow.metrics()
    finally:
        flow.stop()
