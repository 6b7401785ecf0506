"""Many trials as one line: medians, spread, and what follows from several workloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from daskflow.experiments.bench.metrics import METRICS

DASKFLOW = "daskflow"
IDEAL = "ideal"

STAGE_S = 0.020
"""How long the stage of the scale workloads sleeps, in seconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """One figure of one trial.

    Attributes
    ----------
    workload, system : str
        What was measured, and on what: daskflow or a baseline.
    repeat : int
        From 0.
    metric : str
        A name in `METRICS`.
    value : float
        In `unit`.
    unit : str
        Such as ``"ms"``.
    """

    workload: str
    system: str
    repeat: int
    metric: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric of one system in one workload, over all repeats.

    Attributes
    ----------
    workload, system, metric, unit : str
        As in `Record`.
    median, lowest, highest : float
        In `unit`.
    repeats : int
        How many trials it is made of.
    """

    workload: str
    system: str
    metric: str
    unit: str
    median: float
    lowest: float
    highest: float
    repeats: int


def summarise(records: Iterable[Record]) -> list[Summary]:
    """Medians and spread, in the order in which things were measured first."""
    values: dict[tuple[str, str, str, str], list[float]] = {}
    for record in records:
        key = (record.workload, record.system, record.metric, record.unit)
        values.setdefault(key, []).append(record.value)
    return [Summary(*key, median(all_), min(all_), max(all_), len(all_)) for key, all_ in values.items()]


def ratio(ours: Summary, theirs: Summary) -> float | None:
    """Our median divided by that of a baseline; None where that is zero."""
    return ours.median / theirs.median if theirs.median else None


def derived(records: Sequence[Record]) -> list[Record]:
    """Figures that follow from those of several workloads of the same repeat, where all were measured."""
    return [*_per_hop(records), *_scaling(records), *_per_task(records)]


def _per_hop(records: Sequence[Record]) -> Iterable[Record]:
    one = {(r.system, r.repeat): r.value for r in _of(records, "latency-1", "latency_ms")}
    for four in _of(records, "latency-4", "latency_ms"):
        if (key := (four.system, four.repeat)) in one:
            yield record("latency-4", *key, "added_ms_per_hop", (four.value - one[key]) / 3)


def _scaling(records: Sequence[Record]) -> Iterable[Record]:
    one = {r.repeat: r.value for r in _of(records, "scale-1", "rate_per_s")}
    for tasks in (1, 2, 4):
        for many in _of(records, f"scale-{tasks}", "rate_per_s"):
            workload, repeat = many.workload, many.repeat
            yield record(workload, IDEAL, repeat, "rate_per_s", tasks / STAGE_S)
            if tasks > 1 and repeat in one:
                yield record(workload, DASKFLOW, repeat, "speed_up", many.value / one[repeat])
                yield record(workload, IDEAL, repeat, "speed_up", tasks)


def _per_task(records: Sequence[Record]) -> Iterable[Record]:
    five = {(r.system, r.repeat): r.value for r in _of(records, "memory", "pss_5_nodes_mb")}
    for ten in _of(records, "memory", "pss_10_nodes_mb"):
        if (key := (ten.system, ten.repeat)) in five:
            yield record("memory", *key, "pss_per_task_mb", (ten.value - five[key]) / 5)


def _of(records: Sequence[Record], workload: str, metric: str) -> list[Record]:
    return [r for r in records if r.workload == workload and r.metric == metric]


def record(workload: str, system: str, repeat: int, metric: str, value: float) -> Record:
    """A record with the unit that belongs to its metric."""
    return Record(workload, system, repeat, metric, float(value), METRICS[metric].unit)
