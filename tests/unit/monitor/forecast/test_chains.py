"""Nodes that one task could run."""

from __future__ import annotations

from daskflow.monitor.forecast.chains import chains

PARENTS = {
    "source": [],
    "a": ["source"],
    "b": ["a"],
    "c": ["b"],
    "d": ["c"],
    "e": ["c"],
    "f": ["e"],
    "join": ["d", "f"],
}


def found(**options):
    return chains(PARENTS, lambda name: name != "source", options.get("join", lambda a, b: True))


def test_forks_and_joins_end_a_run():
    assert found() == [("a", "b", "c"), ("d",), ("e", "f"), ("join",)]


def test_so_do_neighbours_that_do_not_belong_together():
    assert found(join=lambda a, b: (a, b) != ("a", "b"))[:2] == [("a",), ("b", "c")]
