"""No worker is given more than it has; with one task for each, there is a place whenever there can be one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from daskflow.core.node import OneTaskProcessorNode, ProcessorNode
from daskflow.errors import PlacementError
from daskflow.plan import Plan
from daskflow.plan.placement import WorkerInfo, needs_of, place
from daskflow.producers import IntProducer
from tests.unit.plan.placement.pretended import planned, worker

AMOUNTS = some.dictionaries(some.sampled_from(["GPU", "disk"]), some.sampled_from([0.5, 1.0, 2.0]))
NAMES = [f"w{i}" for i in range(6)]


@some.composite
def plans(draw: some.DrawFn) -> Plan:
    """A tree of processors below a producer, some of which keep state, some with wishes."""
    nodes = [IntProducer(name="n0")]
    said = {}
    for i in range(1, draw(some.integers(1, 5))):
        tasks, keeps_state = draw(some.integers(1, 3)), draw(some.booleans())
        node = OneTaskProcessorNode(name=f"n{i}") if keeps_state else ProcessorNode(tasks, name=f"n{i}")
        nodes.append(node(draw(some.sampled_from(nodes))))
        resources = {tag: min(n, 1.0) for tag, n in draw(AMOUNTS).items()}
        said[f"n{i}"] = {"resources": resources}
        if draw(some.booleans()):
            wish = some.lists(some.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
            said[f"n{i}"]["workers"] = draw(wish)
        if draw(some.booleans()):
            said[f"n{i}"]["memory_limit"] = 10
    return planned(nodes[0], gpus=20, **said)


@some.composite
def clusters(draw: some.DrawFn) -> list[WorkerInfo]:
    """Workers of all names, on up to three hosts, some with tasks of other flows."""
    found = []
    for name in NAMES:
        held = draw(some.sampled_from([(), (), ("other/x-0",)]))
        resources = draw(AMOUNTS)
        found.append(
            worker(
                name,
                draw(some.sampled_from("abc")),
                nthreads=draw(some.integers(1, 3)),
                cores=draw(some.integers(1, 4)),
                resources=resources,
                memory_limit=draw(some.sampled_from([None, 10, 25])),
                held=held,
                taken={"GPU": 0.5} if held and "GPU" in resources else {},
                is_closed=bool(held) and draw(some.booleans()),
            )
        )
    return found


@settings(max_examples=100, deadline=None)
@given(plans(), clusters(), some.integers(1, 3))
def test_no_worker_is_over_its_limits(plan: Plan, there: list[WorkerInfo], tasks_per_worker: int) -> None:
    try:
        placement = place(plan, there, tasks_per_worker=tasks_per_worker)
    except PlacementError:
        return
    needs = needs_of(plan)
    assert list(placement.address_of) == [task.name for task in plan.tasks]
    assert place(plan, there[::-1], tasks_per_worker=tasks_per_worker) == placement
    for one in there:
        mine = [needs[task] for task, address in placement.address_of.items() if address == one.address]
        if not mine:
            continue
        assert not one.is_closed
        assert len(mine) + len(one.held) <= min(tasks_per_worker, one.nthreads)
        taken = sum((Counter(dict(need.resources)) for need in mine), Counter(one.taken))
        assert all(n <= one.resources.get(tag, 0) for tag, n in taken.items())
        assert one.memory_limit is None or sum(need.memory_bytes for need in mine) <= one.memory_limit
        assert all(not need.workers or one.name in need.workers for need in mine)
        if any(need.is_alone for need in mine):
            assert len(mine) == 1
            assert not one.held


WISHES = some.lists(
    some.lists(some.sampled_from(NAMES), min_size=1, max_size=3, unique=True), min_size=4, max_size=6
)


@settings(max_examples=100, deadline=None)
@given(WISHES)
def test_a_place_is_found_if_there_is_one(wishes: list[list[str]]) -> None:
    source = IntProducer(name="n0")
    for i in range(1, len(wishes)):
        ProcessorNode(name=f"n{i}")(source)
    plan = planned(source, **{f"n{i}": {"workers": wish} for i, wish in enumerate(wishes)})
    there = [worker(name) for name in NAMES]
    if has_matching({f"n{i}": wish for i, wish in enumerate(wishes)}):
        assert len(set(place(plan, there).address_of.values())) == len(wishes)
    else:
        with pytest.raises(PlacementError):
            place(plan, there)


def has_matching(fitting: dict[str, list[str]]) -> bool:
    """Whether each task can have a worker of its own, by trying."""
    if not fitting:
        return True
    task = min(fitting, key=lambda name: len(fitting[name]))
    others = {name: those for name, those in fitting.items() if name != task}
    return any(
        has_matching({name: [w for w in those if w != chosen] for name, those in others.items()})
        for chosen in fitting[task]
    )
