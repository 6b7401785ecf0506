"""Snapshots as plain data and back."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import msgpack
import pytest

from daskflow.core.histogram import Histogram
from daskflow.monitor import EdgeMetrics, Mishap, Moment, PathMetrics, Rescaling, RunSnapshot, TaskMetrics
from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import MachineMetrics, SchedulerMetrics
from daskflow.monitor.records import FORM, from_record, to_record
from daskflow.monitor.snapshot import NodeMetrics

TIMES = Histogram.of([0.01, 0.02, 0.02, 0.5])


def filled(kind: type[Any], **given: Any) -> Any:
    """With every field that is not given other than by default."""
    values: dict[str, Any] = dict(given)
    for number, field in enumerate(fields(kind), start=3):
        if field.name in values:
            continue
        default = field.default
        if isinstance(default, bool):
            values[field.name] = not default
        elif isinstance(default, (int, float)):
            values[field.name] = default + number + (0.5 if isinstance(default, float) else 0)
        elif isinstance(default, Histogram):
            values[field.name] = TIMES
        elif isinstance(default, str) or default is MISSING:
            values[field.name] = f"{field.name} {number}"
        else:
            raise AssertionError(f"say what {kind.__name__}.{field.name} shall be here")
    return kind(**values)


EDGE = ("reader", "writer")

SNAPSHOT = filled(
    RunSnapshot,
    elapsed_s=12.5,
    nodes={
        "reader": filled(
            NodeMetrics, members=("a", "b"), name="reader", whole=filled(Activity), recent=filled(Activity)
        ),
        "writer": NodeMetrics("writer", "consumer"),
    },
    edges={EDGE: filled(EdgeMetrics, source="reader", target="writer", capacity=8)},
    tasks={"reader-0": filled(TaskMetrics, name="reader-0")},
    paths={EDGE: filled(PathMetrics, producer="reader", consumer="writer")},
    machine=filled(MachineMetrics),
    scheduler=filled(SchedulerMetrics),
    history=(Moment(1.0), Moment(2.0, {"reader": 4.5}, {EDGE: 3}, {EDGE: 0.5}, {EDGE: (0.1, 0.2)})),
    mishaps=(
        filled(Mishap, time_s=7.25, number=3),
        filled(Mishap, time_s=8.25, number=None, is_dead_letter=False),
    ),
    rescalings=(Rescaling(5.0, "net", 1, 3, "messages wait"), Rescaling(9.0, "net", 3, 1)),
    total=300,
)


@pytest.mark.parametrize(
    "carried",
    [lambda record: json.loads(json.dumps(record)), lambda record: msgpack.unpackb(msgpack.packb(record))],
    ids=["json", "msgpack"],
)
def test_what_comes_back_is_what_was_told(carried):
    assert from_record(carried(to_record(SNAPSHOT))) == SNAPSHOT


def test_a_snapshot_of_nothing_comes_back_too():
    empty = RunSnapshot("flow", "run", 0.0, {})
    assert from_record(json.loads(json.dumps(to_record(empty)))) == empty


def test_other_programs_find_figures_and_words():
    record = to_record(SNAPSHOT)
    assert record["form"] == FORM
    assert [node["name"] for node in record["nodes"]] == ["reader", "writer"]
    times = record["nodes"][0]["recent"]["process_time"]
    assert (times["count"], times["sum_s"]) == (4, pytest.approx(0.55))
    assert times["p50_s"] == pytest.approx(0.02, rel=0.03)
    assert times["p99_s"] == pytest.approx(0.5, rel=0.03)
    assert record["history"][1]["latencies"] == [
        {"producer": "reader", "consumer": "writer", "value": [0.1, 0.2]}
    ]
    assert record["verdict"]["words"] == SNAPSHOT.verdict.words


def test_history_is_left_out_where_it_is_not_wanted():
    assert from_record(to_record(SNAPSHOT, history=False)).history == ()
    assert "verdict" not in to_record(SNAPSHOT, verdict=False)


def test_another_version_is_understood_as_long_as_the_form_is_the_same():
    record = json.loads(json.dumps(to_record(SNAPSHOT)))
    record["of_a_later_version"] = record["nodes"][0]["of_a_later_version"] = {"what": 1}
    del record["mishaps"], record["edges"][0]["rate"]
    read = from_record(record)
    assert read.mishaps == ()
    assert read.edges[EDGE].rate == 0.0
    assert read.nodes == SNAPSHOT.nodes


@pytest.mark.parametrize("form", [None, FORM + 1])
def test_another_form_is_refused(form):
    with pytest.raises(ValueError, match=f"in form {FORM} was expected, this one is in form {form}"):
        from_record({**to_record(SNAPSHOT), "form": form})


@pytest.mark.parametrize("wrong", [{"nodes": 3}, {"edges": [{"source": "a"}]}, {"paths": [1]}])
def test_what_is_no_record_is_refused(wrong):
    with pytest.raises(ValueError, match="no record of a snapshot: "):
        from_record({**to_record(SNAPSHOT), **wrong})


def test_the_check_above_would_notice_a_field_that_is_not_told():
    told = to_record(SNAPSHOT)

    def check(value: Any, record: dict[str, Any]) -> None:
        for field in fields(value):
            assert field.name in record, f"{type(value).__name__}.{field.name}"
            part = getattr(value, field.name)
            if is_dataclass(part) and not isinstance(part, Histogram):
                check(part, record[field.name])

    check(SNAPSHOT, told)
    check(SNAPSHOT.nodes["reader"], told["nodes"][0])
