from __future__ import annotations

import pytest

from daskflow.ledger import EdgeSpec, Ledger, NodeSpec, Topology

PRODUCER, READER = NodeSpec("p"), NodeSpec("a", (0,))


def test_edges_must_be_those_of_the_inputs() -> None:
    with pytest.raises(ValueError, match="edges must be exactly"):
        Topology((PRODUCER, READER), ())
    with pytest.raises(ValueError, match="edges must be exactly"):
        Topology((PRODUCER, NodeSpec("q")), (EdgeSpec(0, 1, 1),))


def test_a_pair_of_neighbours_has_one_edge() -> None:
    edge = EdgeSpec(0, 1, 1)
    with pytest.raises(ValueError, match="edges must be exactly"):
        Topology((PRODUCER, READER), (edge, edge))
    assert Topology((PRODUCER, NodeSpec("a", (0, 0))), (edge,)).edges == (edge,)


def test_parents_come_first() -> None:
    with pytest.raises(ValueError, match="against the topological order"):
        Topology((NodeSpec("a", (1,)), NodeSpec("p")), (EdgeSpec(1, 0, 1),))
    with pytest.raises(ValueError, match="against the topological order"):
        Topology((NodeSpec("a", (0,)),), (EdgeSpec(0, 0, 1),))


def test_an_edge_holds_something() -> None:
    with pytest.raises(ValueError, match="has no capacity"):
        Topology((PRODUCER, READER), (EdgeSpec(0, 1, 0),))


def test_tasks_are_numbered_node_by_node() -> None:
    ledger = Ledger(Topology((PRODUCER, NodeSpec("a", (0,), nb_tasks=2)), (EdgeSpec(0, 1, 1),)))
    assert [task.name for task in ledger.tasks] == ["p-0", "a-0", "a-1"]
    assert [task.index for task in ledger.tasks] == [0, 1, 2]
