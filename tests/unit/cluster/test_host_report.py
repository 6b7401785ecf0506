"""The error that tells of what went with a host."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from daskflow.cluster.host_report import host_lost
from daskflow.ledger import Missing
from tests.unit.cluster.test_loss_report import SPEC
from tests.unit.ledger.play import Play

FLOW = {"p": "", "a": "p", "net": "a"}


def report(source: str, number: int | None = 7, hosts: tuple[str, ...] = (), **options):
    play = Play(FLOW, **options)
    nodes = {node.spec.name: node for node in play.ledger.nodes}
    missing = Missing(nodes["net"], number, nodes[source], ((play.index(source), 0),))
    return host_lost(missing, replace(SPEC, node_name="net"), play.ledger.tasks, hosts)


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("a", {}, "With durable=True, in Flow.run or on node 'a', its inputs are held until its results are"),
        (
            "a",
            {"durable": {"a"}},
            "what it was made of was lost too, or it was made again and lost too often",
        ),
        ("a", {"stateful": {"a"}}, "it keeps state, and has worked on later messages since"),
        ("p", {}, "it has no seek(sequence), by which a new process could begin there"),
        ("p", {"options": {"p": {"resumable": True}}}, "with durable=True, in Flow.run or on the nodes that"),
        (
            "p",
            {"options": {"p": {"resumable": True}}, "durable": {"a"}},
            "its process is still there, and only a new one begins at an earlier message",
        ),
    ],
)
def test_it_says_what_was_where_and_what_would_have_helped(source, options, words) -> None:
    error = report(source, hosts=("pi-3",), **options)
    where = (
        f"message 7 for node 'net' was in the memory of {source}-0 on host pi-3, "
        "which is gone or cannot be reached, and "
    )
    assert str(error).startswith(where)
    assert f"{source!r} cannot make it again: " in str(error)
    assert words in str(error)
    assert (error.node, error.sequence_number, error.hosts) == ("net", 7, ("pi-3",))


def test_of_a_host_without_a_name() -> None:
    assert "was in the memory of a-0, whose host is gone or cannot be reached, and" in str(report("a"))


def test_of_what_a_node_knew() -> None:
    error = report("net", None)
    assert (
        "the last snapshot of node 'net' was in the memory of net-0, whose host is gone or cannot be reached"
        in str(error)
    )
    assert error.sequence_number is None


def test_it_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(report("a", hosts=("pi-3",))))
    assert (error.node, error.sequence_number, error.hosts) == ("net", 7, ("pi-3",))
