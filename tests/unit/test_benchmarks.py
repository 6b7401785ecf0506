"""What the measurements under ``benchmarks/`` read of the verdict's words, and which flows they measure."""

from __future__ import annotations

import pytest

from benchmarks.known_bottlenecks import CASES, numbers_in
from daskflow import Flow


@pytest.mark.parametrize(
    ("advice", "numbers"),
    [
        ("3 tasks: 31 messages/s expected; the machine has 4 idle cores", (3,)),
        ("4 tasks of `a` and 7 tasks of `b`: 33 messages/s expected, which is what `c` can do", (4, 7)),
        ("3 tasks, and a queue_size of 64 at `slow` and `end`: 185 messages/s expected", (3, 64)),
        ("More tasks do not help. 2 cores: 50 messages/s expected", (2,)),
        ("A queue_size of 32 at `even`: 39 messages/s expected", (32,)),
        ("A faster source: up to 60 messages/s, which is what `work` can do", ()),
    ],
)
def test_what_was_advised(advice, numbers):
    assert numbers_in(advice) == numbers


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_is_a_flow_and_has_the_node_that_should_be_named(case):
    part = case.part(None)
    plan = Flow([part.first], flow_type=case.flow_type).plan()
    names = [node.name for node in plan.nodes]
    assert part.last.name in names
    assert case.bottleneck is None or case.bottleneck in names
