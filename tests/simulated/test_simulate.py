"""The simulation itself: the same again for the same seed, nothing left, and words for what does not fit."""

from __future__ import annotations

import _thread
import gc
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, ConsumerNode, Context, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import DaskflowError, DeadlockError, FlowStateError, NodeError
from daskflow.producers import IntProducer
from daskflow.testing import Delay, Fail, Given, Hang, Kill, Story, simulate
from tests.simulated import nodes
from tests.simulated.nodes import Notes, every_role, expected

FAULTS = (
    Kill("plus", at=4),
    Kill("total", at=9, point="commit"),
    Kill("source", at=13),
    Delay("plus", "join", by_s=0.02),
)


def numbers(*consumers: Any, count: int | None = 10, **options: Any) -> Flow:
    source = IntProducer(0, None if count is None else count - 1, name="numbers")
    for consumer in consumers:
        consumer(source)
    return Flow([source], consumers, BATCH, **options)


class TestSeeds:
    def test_the_same_seed_tells_the_same_story(self):
        for seed in range(5):
            one, other = (simulate(every_role(), FAULTS, seed=seed) for _ in range(2))
            assert one.story == other.story
            assert one == other

    def test_other_seeds_tell_others_of_the_same_end(self):
        results = [simulate(every_role(), FAULTS, seed=seed) for seed in range(5)]
        orders = {tuple((e.task, e.number, e.what) for e in result.story) for result in results}
        assert len(orders) == 5
        assert all(result.results("collect") == expected() for result in results)

    def test_a_flow_may_be_simulated_again_and_again(self):
        flow = every_role()
        assert simulate(flow).story == simulate(flow).story

    def test_what_nodes_see_of_time_is_made_up(self):
        class Dates(ProcessorNode):
            def process(self, value: int, ctx: Context) -> float:
                return ctx.event_time

        source = Given(range(5))
        dates = CollectConsumer()(Dates()(source))
        result = simulate(Flow([source], [dates], BATCH), call_s={source: 10.0})
        seconds = [date - result.results(dates)[0] for date in result.results(dates)]
        assert seconds == pytest.approx([0, 10, 20, 30, 40], abs=0.01)


class TestNothingIsLeft:
    @pytest.fixture(autouse=True)
    def _as_before(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        gc.collect()
        threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
        yield
        assert threading.active_count() == threads
        assert list(tmp_path.glob("daskflow-*")) == []
        assert len(os.listdir("/proc/self/fd")) == descriptors
        assert gc.isenabled()

    def test_after_a_run_with_kills(self):
        simulate(every_role(), FAULTS)

    def test_after_a_failure(self):
        with pytest.raises(NodeError):
            simulate(every_role(), [Fail("join", at=4)])

    def test_after_a_deadlock_which_is_told_at_once(self):
        with pytest.raises(DeadlockError, match="notes-0: 3 consume hangs"):
            simulate(every_role(), [Hang("notes", at=3)])

    def test_after_a_ctrl_c_in_the_midst_of_a_call(self):
        class Interrupts(ConsumerNode):
            def consume(self, value: int) -> None:
                if value == 5:
                    _thread.interrupt_main()

        with pytest.raises(KeyboardInterrupt):
            simulate(numbers(Interrupts()))

    def test_after_a_node_that_cannot_be_pickled(self):
        source = IntProducer(0, 3)
        stuck = Notes(name="stuck")(source)
        stuck.lock = threading.Lock()
        with pytest.raises(FlowStateError, match=r"'stuck'.*cannot be pickled"):
            simulate(Flow([source], [stuck], BATCH))


class TestWhatNodesGoThrough:
    def test_they_are_copies(self):
        source, notes = IntProducer(0, 4), Notes()
        notes(source).seen = seen = []
        simulate(Flow([source], [notes], BATCH))
        assert seen == []
        assert notes.consume.__func__ is Notes.consume

    def test_a_killed_process_closes_nothing_and_a_new_one_starts_afresh(self, tmp_path):
        diary = Diary(tmp_path / "diary", name="diary")
        simulate(numbers(diary, count=3), [Kill("diary", at=1, point="commit")], call_s={"diary": 0.01})
        assert (tmp_path / "diary").read_text().split() == [
            "open0", "0", "1", "open1", "2", "close1"
        ]  # fmt: skip

    def test_frames_pass_through_slots_and_are_read_only(self):
        def look(image: np.ndarray) -> bool:
            return image.flags.writeable

        source = Given([nodes.frame(1)] * 3, name="source")
        collect = CollectConsumer()(FunctionProcessorNode(look)(source))
        result = simulate(Flow([source], [collect], BATCH))
        assert result.results(collect) == [False] * 3
        assert result.metrics["source"].stored == 3

    def test_results_come_to_the_users_own_consumer_too(self):
        collect = CollectConsumer()
        simulate(numbers(collect))
        assert collect.results == list(range(10))

    def test_a_node_may_call_its_own_methods(self):
        class Resets(ConsumerNode):
            def open(self) -> None:
                self.close()

            def consume(self, value: int) -> None:
                self.close()

            def close(self) -> None:
                self.sum = 0

        assert simulate(numbers(Resets(name="resets"))).inputs("resets") == list(range(10))


class NotesPairs(ConsumerNode):
    def consume(self, left: int, right: int) -> None: ...


class Diary(ConsumerNode):
    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(**options)
        self._path = path

    def open(self, ctx: Context) -> None:
        self._note(f"open{ctx.incarnation}")

    def consume(self, value: int) -> None:
        self._note(str(value))

    def close(self, ctx: Context) -> None:
        self._note(f"close{ctx.incarnation}")

    def _note(self, word: str) -> None:
        with open(self._path, "a") as file:
            file.write(f"{word}\n")


class TestResult:
    def test_it_has_what_came_and_what_was_given(self):
        left, right = IntProducer(0, 2, name="left"), IntProducer(5, 7, name="right")
        notes = NotesPairs(name="notes")(left, right)
        result = simulate(Flow([left, right], [notes], BATCH))
        assert result.inputs(notes) == result.inputs("notes") == [(0, 5), (1, 6), (2, 7)]
        assert (result.failure, result.dead, result.missed, result.restarts) == (None, (), (), 0)
        with pytest.raises(KeyError, match="'notes' brings nothing to the caller"):
            result.results(notes)
        with pytest.raises(KeyError, match="'left' is no consumer of the flow; the consumers are notes"):
            result.inputs("left")

    def test_the_story_of_one_message(self):
        story = simulate(numbers(Notes(name="notes"))).story.of("notes-0", 4)
        assert isinstance(story, Story)
        assert [e.what for e in story] == ["comes", "consume begins", "its outcome is sent", "is done"]
        assert "notes-0: 4 consume begins" in str(story)

    def test_faults_that_did_not_strike_are_said(self):
        late, often = Kill("notes", at=10), Kill("notes", at=3, times=2, point="committed")
        result = simulate(numbers(Notes(name="notes")), [late, often, Delay("numbers", "notes", by_s=1)])
        assert result.missed == (late, often)

    def test_of_several_tasks_one_is_killed_at_its_next_message(self):
        source = Given(range(40), name="source")
        collect = CollectConsumer()(FunctionProcessorNode(abs, nb_tasks=4, name="abs")(source))
        call_s = {"source": 0.001, "abs": 0.01}
        result = simulate(Flow([source], [collect], BATCH), [Kill("abs-2", at=10)], call_s=call_s)
        assert result.missed == ()
        assert result.results(collect) == list(range(40))

    def test_a_flow_without_end_is_asked_to_stop(self):
        result = simulate(numbers(Notes(name="notes"), count=None), stop_after_s=2.0, call_s={"numbers": 0.1})
        assert 17 <= len(result.inputs("notes")) <= 21
        assert result.failure is None


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Kill("detectr"), "no task or node 'detectr'; did you mean detector?"),
            (Fail("detector-7"), "no task or node 'detector-7'; did you mean detector-0?"),
            (Delay("source", "detectors", by_s=1), "no node 'detectors'; did you mean detector?"),
            (Delay("detector", "source", by_s=1), "source does not read detector"),
        ],
    )
    def test_a_name_that_the_flow_does_not_have(self, fault, words):
        source = Given([1], name="source")
        flow = Flow([source], [Notes(name="detector")(source)], BATCH)
        with pytest.raises(ValueError, match=words.replace("?", r"\?")):
            simulate(flow, [fault])

    def test_in_call_s_too(self):
        with pytest.raises(ValueError, match="no node 'nodes'"):
            simulate(numbers(Notes()), call_s={"nodes": 1.0})

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: Kill("a", point="after"), "point of a Kill is one of open, lease"),
            (lambda: Kill("a", at=3, point="open"), "no message is in hand in open"),
            (lambda: Kill("a", at=-1), "at is the number of a message, from 0, got -1"),
            (lambda: Hang("a", times=0), "times is at least 1"),
            (lambda: Fail("a", method="consum"), "method of a Fail is one of open, next"),
            (lambda: Delay("a", "b", by_s=0), "by_s of a Delay is above 0"),
        ],
    )
    def test_a_fault_that_makes_no_sense(self, make, words):
        with pytest.raises(ValueError, match=words):
            make()

    def test_what_is_no_fault(self):
        with pytest.raises(TypeError, match="a fault is a Kill"):
            simulate(numbers(Notes()), ["detector"])
        with pytest.raises(TypeError, match="exception object"):
            Fail("a", error=ValueError)

    def test_errors_are_daskflows_own(self):
        assert issubclass(DeadlockError, DaskflowError)


def test_the_callers_own_task_is_not_meant_by_its_consumers_name():
    collect = CollectConsumer(name="collect")
    result = simulate(numbers(collect, count=4), [Kill("collect", at=1, point="committed", times=2)])
    assert result.results(collect) == [0, 1, 2, 3]
    assert result.restarts == 1
