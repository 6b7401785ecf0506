"""A snapshot as plain data, and back: what other programs read, and what goes from process to process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

from daskflow.core.histogram import Histogram
from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import (
    Edge,
    EdgeMetrics,
    MachineMetrics,
    Mishap,
    Moment,
    PathMetrics,
    Rescaling,
    SchedulerMetrics,
    TaskMetrics,
)
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

FORM = 1
"""Which form records have; it changes where a program that reads them would have to, not for a new key."""

Record = dict[str, Any]

_Made = TypeVar("_Made")

_SCALARS = (float, int, str, bool, type(None))

_ENDS = {"latencies": ("producer", "consumer")}
"""What the two ends of a key are called, where it is no edge."""


def to_record(snapshot: RunSnapshot, *, history: bool = True, verdict: bool = True) -> Record:
    """A snapshot as dicts, lists, strings and numbers, which any JSON writer takes.

    The keys are the attributes of `RunSnapshot` and of what it holds, but for this: nodes, edges, tasks and
    paths are lists; what a `Moment` holds by edge is a list of records with ``source``, ``target`` and
    ``value`` (``producer`` and ``consumer`` for a path); a histogram has ``count``, ``sum_s``, ``mean_s``,
    ``p50_s``, ``p95_s``, ``p99_s`` and ``buckets``, pairs of a bucket of `daskflow.core.histogram` and a
    count; ``verdict`` is the verdict; and ``form`` is `FORM`.

    Parameters
    ----------
    snapshot : RunSnapshot
        What to tell.
    history : bool, default True
        Whether to tell earlier moments too: with minutes of them a record is many times as large.
    verdict : bool, default True
        Whether to tell the verdict: whoever makes a snapshot of the record can judge for itself.
    """
    record: Record = {"form": FORM}
    for name in _names_of(RunSnapshot):
        if name != "history":
            record[name] = _plain(getattr(snapshot, name), name)
    record["history"] = _plain(snapshot.history, "history") if history else []
    if verdict:
        record["verdict"] = _plain(snapshot.verdict, "verdict")
    return record


def from_record(record: Mapping[str, Any]) -> RunSnapshot:
    """The snapshot that a record tells of.

    Keys that are not known are passed over, and what is missing is as it is by default, so that a reader and
    a writer of different versions understand each other as long as `FORM` is the same.

    Raises
    ------
    ValueError
        The record is in another form, or is none.
    """
    form = record.get("form")
    if form != FORM:
        raise ValueError(f"a record of a snapshot in form {FORM} was expected, this one is in form {form}")
    try:
        return _made(RunSnapshot, record, _PARTS)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"no record of a snapshot: {type(error).__name__}: {error}") from error


def _plain(value: Any, name: str) -> Any:
    kind = type(value)
    if kind in _SCALARS:  # nearly everything
        return value
    if kind is Histogram:
        return _histogram_record(value)
    if is_dataclass(kind):
        return {key: _plain(getattr(value, key), key) for key in _names_of(kind)}
    if isinstance(value, Mapping):
        items = list(value.items())
        if items and is_dataclass(items[0][1]):
            return [_plain(item, name) for _, item in items]  # each says its own key
        if items and isinstance(items[0][0], str):
            return dict(items)
        first, second = _ENDS.get(name, ("source", "target"))
        return [{first: a, second: b, "value": _plain(item, name)} for (a, b), item in items]
    if isinstance(value, tuple):
        return [_plain(item, name) for item in value]
    return value


@cache
def _names_of(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _histogram_record(histogram: Histogram) -> Record:
    return {
        "count": histogram.count,
        "sum_s": histogram.sum_s,
        "mean_s": histogram.mean_s,
        "p50_s": histogram.quantile_s(0.5),
        "p95_s": histogram.quantile_s(0.95),
        "p99_s": histogram.quantile_s(0.99),
        "buckets": [list(bucket) for bucket in sorted(histogram.counts.items())],
    }


def _made(kind: Callable[..., _Made], record: Mapping[str, Any], parts: Mapping[str, Any]) -> _Made:
    known = _names_of(kind)
    return kind(**{
        name: parts[name](value) if name in parts else value
        for name, value in record.items()
        if name in known
    })  # fmt: skip


def _histogram(record: Mapping[str, Any]) -> Histogram:
    return Histogram({int(bucket): int(count) for bucket, count in record["buckets"]}, record["sum_s"])


def _activity(record: Mapping[str, Any]) -> Activity:
    return _made(Activity, record, {"process_time": _histogram})


def _node(record: Mapping[str, Any]) -> NodeMetrics:
    return _made(NodeMetrics, record, {"whole": _activity, "recent": _activity, "members": tuple})


def _path(record: Mapping[str, Any]) -> PathMetrics:
    return _made(PathMetrics, record, {"latency": _histogram, "recent": _histogram})


def _by_edge(records: Any) -> dict[Edge, Any]:
    return {(record["source"], record["target"]): record["value"] for record in records}


def _by_path(records: Any) -> dict[Edge, Any]:
    return {(record["producer"], record["consumer"]): tuple(record["value"]) for record in records}


def _moment(record: Mapping[str, Any]) -> Moment:
    parts = {"rates": dict, "waiting": _by_edge, "drop_rates": _by_edge, "latencies": _by_path}
    return _made(Moment, record, parts)


def _edges(records: Any) -> dict[Edge, EdgeMetrics]:
    edges = [_made(EdgeMetrics, record, {}) for record in records]
    return {(edge.source, edge.target): edge for edge in edges}


def _paths(records: Any) -> dict[Edge, PathMetrics]:
    return {(path.producer, path.consumer): path for path in map(_path, records)}


def _tasks(records: Any) -> dict[str, TaskMetrics]:
    return {task.name: task for task in (_made(TaskMetrics, record, {}) for record in records)}


_PARTS: dict[str, Callable[[Any], Any]] = {
    "nodes": lambda records: {node.name: node for node in map(_node, records)},
    "edges": _edges,
    "tasks": _tasks,
    "paths": _paths,
    "machine": lambda record: _made(MachineMetrics, record, {}),
    "scheduler": lambda record: _made(SchedulerMetrics, record, {}),
    "history": lambda records: tuple(map(_moment, records)),
    "mishaps": lambda records: tuple(_made(Mishap, record, {}) for record in records),
    "rescalings": lambda records: tuple(_made(Rescaling, record, {}) for record in records),
}
