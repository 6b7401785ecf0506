"""The state of a node, stored and taken up again."""

from __future__ import annotations

import numpy as np
import pytest

from daskflow import OneTaskProcessorNode
from daskflow.core.context import Context
from daskflow.runtime.runner import NodeRunner
from daskflow.runtime.snapshots import Snapshots
from daskflow.transport.descriptor import slots_of
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews


class Keeps(OneTaskProcessorNode):
    def __init__(self, state) -> None:
        super().__init__()
        self.state = state

    def snapshot(self):
        return self.state

    def restore(self, state, ctx) -> None:
        self.state, self.ctx = state, ctx


@pytest.fixture
def places(tmp_path) -> RunPlaces:
    return RunPlaces(tmp_path, tmp_path)


def snapshots(node: Keeps, places: RunPlaces, every: int = 1) -> Snapshots:
    writer = PayloadWriter(SlotPool(0, places), SlotViews(places))
    return Snapshots(NodeRunner(node, Context("f", "r", "n")), writer, every)


def test_one_after_every_so_many_messages(places) -> None:
    some = snapshots(Keeps(1), places, every=3)
    assert [some.after_message() is not None for _ in range(7)] == [False, False, True] * 2 + [False]


@pytest.mark.parametrize("size", [10, 100_000])
def test_it_comes_back_writable_and_as_it_was(places, size) -> None:
    node = Keeps({"average": np.zeros(size)})
    snapshot = snapshots(node, places).after_message()
    assert bool(slots_of(snapshot)) == (size > 10)
    node.state["average"] += 1  # the node goes on
    fresh, views = Keeps(None), SlotViews(places)
    snapshots(fresh, places).restore(snapshot, views)
    assert (fresh.state["average"] == 0).all()
    fresh.state["average"] += 1
    assert fresh.ctx.node_name == "n"
    assert list(views.released) == list(slots_of(snapshot))
