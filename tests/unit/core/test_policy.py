"""What a node says of its failures."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest

from daskflow import OneTaskProcessorNode, ProcessorNode, TaskModuleNode
from daskflow.core.node.policy import Policy
from daskflow.plan.recovery import SNAPSHOTS, recovery_of
from daskflow.processors import IdentityProcessor, SumAggregator


class Remembers(OneTaskProcessorNode):
    def process(self, value: int) -> int:
        return value


def test_the_default_is_to_fail_at_once() -> None:
    assert ProcessorNode().policy == Policy("fail", 0, None, None, 16, None)


@pytest.mark.parametrize(
    ("options", "retries"),
    [({"on_error": "retry"}, 3), ({"on_error": "retry", "retries": 1}, 1), ({"on_error": "skip"}, 0),
     ({"on_error": "skip", "retries": 2}, 2), ({"retries": 2}, 2)],
)  # fmt: skip
def test_retries_go_with_every_policy(options: dict, retries: int) -> None:
    node = pickle.loads(pickle.dumps(ProcessorNode(**options)))
    assert node.policy.retries == retries
    assert node.policy.skips_errors == (options.get("on_error") == "skip")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on_error": "ignore"}, "on_error is one of fail, skip, retry, got 'ignore'"),
        ({"retries": -1}, "retries is at least 0"),
        ({"on_error": "retry", "retries": 0}, "retries is at least 1 with on_error='retry'"),
        ({"process_timeout_s": 0}, "process_timeout_s"),
        ({"max_restarts": -1}, "max_restarts"),
        ({"snapshot_every": 0}, "snapshot_every"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ProcessorNode(**options)


@pytest.mark.parametrize(
    "options",
    [{"retries": 1.5}, {"max_restarts": True}, {"snapshot_every": "4"}, {"process_timeout_s": "10"}],
)
def test_what_is_no_number_is_refused_by_name(options: dict) -> None:
    with pytest.raises(TypeError, match=f"^{next(iter(options))} is a "):
        ProcessorNode(**options)


def test_both_methods_make_a_state_that_can_be_kept() -> None:
    class Half(Remembers):
        def snapshot(self) -> int:
            return 1

    assert not Remembers().keeps_snapshots
    assert not Half().keeps_snapshots
    assert SumAggregator().keeps_snapshots


class TestModule:
    def module(self, *members: ProcessorNode) -> TaskModuleNode:
        for first, second in pairwise(members):
            second(first)
        return TaskModuleNode(members[0], members[-1])

    def test_it_keeps_the_state_of_all_its_members(self) -> None:
        module = self.module(SumAggregator(), IdentityProcessor(), SumAggregator())
        assert module.keeps_snapshots
        for value in (1, 2, 3):
            module.process(value)
        state = module.snapshot()
        assert state == [6, None, 10]
        fresh = self.module(SumAggregator(), IdentityProcessor(), SumAggregator())
        fresh.restore(state)
        assert fresh.process(4) == module.process(4) == 20

    def test_a_member_need_not_be_of_the_kind_that_remembers(self) -> None:
        class Both(ProcessorNode):
            def snapshot(self) -> int:
                return 1

            def restore(self, state: int) -> None: ...

        module = self.module(Both(), IdentityProcessor())
        assert module.keeps_snapshots
        assert recovery_of(module, 1) == SNAPSHOTS

    def test_one_member_that_cannot_is_enough(self) -> None:
        assert not self.module(SumAggregator(), Remembers()).keeps_snapshots

    def test_without_memory_there_is_nothing_to_keep(self) -> None:
        assert not self.module(IdentityProcessor(), IdentityProcessor()).keeps_snapshots
