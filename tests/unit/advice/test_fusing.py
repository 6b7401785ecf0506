"""Which neighbours are worth running in one task."""

from __future__ import annotations

from daskflow.advice import advise
from tests.unit.advice.profiles import end, line, node, profile, work


def test_cheap_neighbours_are():
    measured = line(
        work("a", 0.0003, copying_s=0.0002),
        work("b", 0.0003, copying_s=0.0002),
        work("slow", 0.05, copying_s=0.0002),
        work("c", 0.0004, copying_s=0.0002),
        work("d", 0.0003, copying_s=0.0002),
    )
    assert advise(measured).fuse == (("a", "b"), ("c", "d"))


def test_those_that_keep_state_or_batch_or_compute_on_a_gpu_are_not():
    for figures in ({"kind": "stateful processor"}, {"batch_size": 4}, {"device": "gpu"}):
        measured = line(work("a", 0.0003, copying_s=0.0002), work("b", 0.0003, copying_s=0.0002, **figures))
        assert advise(measured).fuse == ()


def test_what_two_nodes_read_ends_a_chain():
    measured = profile(
        node("source", 0.0001),
        node("a", 0.0002, "source", copying_s=0.0001),
        node("b", 0.0002, "a", copying_s=0.0001),
        node("c", 0.0002, "a", copying_s=0.0001),
        end("b", "c"),
    )
    assert advise(measured).fuse == ()
