"""What the time lines show: which line is drawn of what."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from daskflow.monitor.parts import Moment
from daskflow.monitor.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes
    ----------
    label : str
        What it shows.
    value : callable
        A moment to a number; nan where there is none.
    colour : int
        Which of the colours and dashes; lines of one thing have the same.
    is_second : bool
        Drawn thin, as the other figure of the same thing.
    """

    label: str
    value: Callable[[Moment], float]
    colour: int
    is_second: bool = False


def throughput(snapshot: RunSnapshot) -> list[Line]:
    """Messages finished per second, by node."""
    return [
        Line(name, lambda moment, name=name: moment.rates.get(name, math.nan), i)  # type: ignore[misc]
        for i, name in enumerate(snapshot.nodes)
    ]


def latency(snapshot: RunSnapshot) -> list[Line]:
    """Median and 95 % quantile, by producer and consumer."""
    return [
        Line(
            f"{producer} → {consumer} {quantile}",
            lambda moment, path=(producer, consumer), k=k: moment.latencies.get(path, (math.nan,) * 2)[k],  # type: ignore[misc]
            i,
            k == 1,
        )
        for i, (producer, consumer) in enumerate(snapshot.paths)
        for k, quantile in enumerate(("p50", "p95"))
    ]


def queues(snapshot: RunSnapshot) -> list[Line]:
    """Messages that wait, by edge."""
    return [
        Line(f"{source} → {target}", lambda moment, e=(source, target): moment.waiting.get(e, math.nan), i)  # type: ignore[misc]
        for i, (source, target) in enumerate(snapshot.edges)
    ]


def drops(snapshot: RunSnapshot) -> list[Line]:
    """Messages dropped per second, by edge that may drop."""
    return [
        Line(f"{e[0]} → {e[1]}", lambda moment, e=e: moment.drop_rates.get(e, math.nan), i)  # type: ignore[misc]
        for i, (e, edge) in enumerate(snapshot.edges.items())
        if edge.lossy
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a chart is about.

    Attributes
    ----------
    title : str
        What it shows, with the unit.
    lines : callable
        Its lines for a run.
    nothing : str
        What is said where it has none.
    is_time : bool
        Whether its figures are seconds.
    """

    title: str
    lines: Callable[[RunSnapshot], list[Line]]
    nothing: str
    is_time: bool = False


CHARTS = {
    "throughput": Kind("Throughput, messages/s", throughput, "The flow has no nodes."),
    "latency": Kind(
        "Latency, from producer to consumer",
        latency,
        "There is no path from a producer to a consumer.",
        is_time=True,
    ),
    "queues": Kind("Queues, messages waiting", queues, "The flow has no edges."),
    "drops": Kind(
        "Drops, messages/s",
        drops,
        "No edge of this flow drops messages: a full one slows its source.",
    ),
}
