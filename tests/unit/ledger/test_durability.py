"""Slots that are gone with their host: what is held, what is made again, and what is lost."""

from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from daskflow.ledger import DEAD, SKIPPED, EdgeSpec, NodeSpec, Outcome, Topology
from daskflow.ledger.kept import MOST_TRIES
from tests.unit.ledger.play import Play, output

CHAIN = {"p": "", "a": "p", "b": "a"}
LONG = {"p": "", "a": "p", "b": "a", "c": "b"}


def durable(flow=CHAIN, **options) -> Play:
    return Play(flow, durable=[name for name in flow if name != "p"], **options)


class TestWhatIsHeld:
    def test_an_input_until_the_result_is_finished_below(self) -> None:
        play = durable()
        frame, result = play.slot("p"), play.slot("a")
        play.emit("p", slots=(frame,))
        play.given("a")
        play.commit("a", 0, slots=(result,), released=(frame,))
        assert play.ledger.holds_slot(frame)
        play.commit("b", 0, released=(result,))
        assert not play.ledger.holds_slot(frame)
        assert play.outbox("p").freed == [frame]

    def test_not_for_a_result_that_the_ledger_holds_itself(self) -> None:
        play = durable()
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, released=(frame,))
        assert not play.ledger.holds_slot(frame)

    def test_nor_for_one_that_there_is_not(self) -> None:
        play = durable()
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        play.exchange("a", [Outcome(0, SKIPPED)], released=(frame,))
        assert not play.ledger.holds_slot(frame)

    def test_nor_where_nothing_is_durable(self) -> None:
        play = Play(CHAIN)
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, slots=(play.slot("a"),), released=(frame,))
        assert not play.ledger.holds_slot(frame)

    def test_as_long_as_what_was_made_of_it_is_held_itself(self) -> None:
        play = durable(LONG)
        frame, first, second = play.slot("p"), play.slot("a"), play.slot("b")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, slots=(first,), released=(frame,))
        play.commit("b", 0, slots=(second,), released=(first,))
        assert play.ledger.holds_slot(frame)
        assert play.ledger.holds_slot(first)
        play.commit("c", 0, released=(second,))
        assert play.ledger.slots_in_use == 0

    def test_until_the_last_of_several_readers_has_finished(self) -> None:
        play = durable({"p": "", "a": "p", "b": "a", "c": "a"})
        frame, result = play.slot("p"), play.slot("a")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, slots=(result,), released=(frame,))
        play.commit("b", 0, released=(result,))
        assert play.ledger.holds_slot(frame)
        play.commit("c", 0, released=(result,))
        assert play.ledger.slots_in_use == 0

    def test_until_a_snapshot_of_a_reader_contains_the_result(self) -> None:
        play = durable(options={"b": {"keeps_snapshots": True}})
        frame, result = play.slot("p"), play.slot("a")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, slots=(result,), released=(frame,))
        play.commit("b", 0, released=(result,))
        assert play.ledger.holds_slot(frame)
        play.emit("p")
        play.commit("a", 1)
        play.exchange("b", [output(1)._replace(snapshot=output(1).body)])
        assert play.ledger.slots_in_use == 0

    def test_a_node_does_not_end_before_its_results_are_safe(self) -> None:
        play = durable()
        play.emit("p", slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        play.end("p")
        assert not play.has_ended("a")
        play.commit("b", 0)
        assert play.has_ended("a")


class TestWhatIsMadeAgain:
    def test_a_result_that_nobody_had_read(self) -> None:
        play = durable(target=0)
        play.emit("p", slots=(play.slot("p"),))
        play.exchange("a", target=1)
        play.given("a")
        play.commit("a", 0, slots=(play.slot("a"),))
        assert play.lose_host("a") == []
        assert play.waiting("b") == [0]
        play.register("a")
        play.exchange("a")
        assert play.inputs("a") == [(0, ["p:0"])]
        play.commit("a", 0, slots=(play.slot("a"),))
        assert play.waiting("b") == [1]
        play.exchange("b", target=1)
        assert play.inputs("b") == [(0, ["a:0"])]
        assert play.counts("a") == {"done": 1}
        assert play.ledger.nodes[1].counters.made_again == 1

    def test_not_one_that_somebody_has_in_hand(self) -> None:
        play = durable()
        play.emit("p", slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        play.given("b")
        assert play.lose_host("a") == []
        play.commit("b", 0)
        assert play.counts("b") == {"done": 1}
        assert play.ledger.nodes[1].counters.made_again == 0

    def test_unless_that_one_dies_too(self) -> None:
        play = durable()
        play.emit("p", slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        play.lose_host("a")
        play.restart("b")
        play.register("a")
        play.exchange("a")
        assert play.given("a") == [0]

    def test_from_the_nearest_node_whose_inputs_are_there(self) -> None:
        play = durable(LONG, target=0)
        play.emit("p", slots=(play.slot("p"),))
        for name in ("a", "b"):
            play.exchange(name, target=1)
            play.given(name)
            play.commit(name, 0, slots=(play.slot(name),))
        assert play.lose_host("a", "b") == []
        for name in ("b", "a"):
            play.register(name)
            play.exchange(name)
        assert play.given("b") == []
        assert play.given("a") == [0]
        play.commit("a", 0, slots=(play.slot("a"),))
        assert play.inputs("b") == [(0, ["a:0"])]
        play.commit("b", 0, slots=(play.slot("b"),))
        play.exchange("c", target=1)
        assert play.inputs("c") == [(0, ["b:0"])]

    def test_before_anything_new(self) -> None:
        play = durable(target=0)
        play.emit("p", 3, slots=(play.slot("p"),))
        play.exchange("a", target=1)
        play.commit("a", 0, slots=(play.slot("a"),))
        play.lose_host("a")
        play.register("a")
        play.exchange("a", target=2)
        assert play.given("a") == [0, 1]

    def test_by_a_producer_that_begins_earlier(self) -> None:
        play = durable(target=0, options={"p": {"resumable": True}})
        play.exchange("p", target=1)
        play.emit("p", 3, slots=(play.slot("p"),))
        play.exchange("a", target=1)
        assert play.lose_host("p") == []
        assert play.ledger.register(play.index("p"), 9.0).number == 0
        play.exchange("p")
        play.emit("p", 3)
        assert play.counts("p") == {"done": 3}
        assert play.waiting("a") == [2]

    @pytest.mark.parametrize("way", ["says so", "dies"])
    def test_by_such_a_producer_also_what_somebody_has_in_hand_and_cannot_get_at(self, way) -> None:
        """A reader may find out only when the producer is there again, which does not go back then."""
        play = durable(options={"p": {"resumable": True}})
        play.exchange("p", target=1)
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        play.commit("a", 0, slots=(frame,), released=(frame,))  # passes it on
        assert play.given("b") == [0]
        assert play.lose_host("p") == []
        play.register("p")
        play.exchange("p")
        play.emit("p", slots=(again := play.slot("p"),))
        assert play.given("a")[-1] == 0
        play.commit("a", 0, slots=(again,), released=(again,))
        play.emit("p")
        if way == "says so":
            assert play.lost_input("b", 0, frame) == []
            play.exchange("b", released=(frame,))
        else:
            play.restart("b")
        assert play.inputs("b")[-1:] == [(0, ["a:0"])]
        play.commit("b", 0, released=(again,))
        assert play.ledger.slots_in_use == 0
        assert play.counts("b") == {"done": 1}

    def test_what_was_in_hand_meanwhile_may_still_be_passed_on(self) -> None:
        play = Play(
            {"p": "", "a": "p", "b": "p", "c": "b"},
            durable=["a", "b", "c"],
            options={"p": {"resumable": True}},
            target=0,
        )
        play.exchange("p", target=1)
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        play.exchange("b", target=1)
        assert play.given("b") == [0]
        assert play.lose_host("p") == []  # of which "a" misses the frame
        play.register("p")
        play.exchange("p")
        play.emit("p", slots=(play.slot("p"),))
        play.exchange("b", released=(frame,))
        play.commit("b", 0, slots=(frame,))  # it has the old one, in which nobody writes any more
        play.exchange("a", target=1)
        play.exchange("c", target=1)
        assert play.given("b")[-1] == 0  # what it passed on is nowhere else
        play.commit("b", 0, slots=(play.slot("b"),))
        assert play.inputs("c") == [(0, ["b:0"])]

    def test_and_it_does_not_begin_earlier_for_what_is_made_of_what_is_there(self) -> None:
        play = durable(options={"p": {"resumable": True}})
        play.exchange("p", target=1)
        play.emit("p", 2, slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        assert play.given("b") == [0]
        assert play.lose_host("a", "b") == []
        assert play.lose("p")
        assert play.ledger.register(play.index("p"), 9.0).number == 2

    def test_also_when_it_was_to_stop(self) -> None:
        play = durable(target=0, options={"p": {"resumable": True}})
        play.exchange("p", target=1)
        play.emit("p", 2, slots=(play.slot("p"),))
        play.stop()
        play.end("p")
        assert not play.has_ended("p")
        play.lose_host("p")
        play.register("p")
        play.exchange("p")
        assert not play.outbox("p").stop
        assert play.outbox("p").room == 2
        play.emit("p", 2)
        assert play.outbox("p").stop
        play.end("p")
        play.exchange("a", target=1)
        assert play.work("a") == [0, 1]


class TestWhatIsLost:
    def test_a_message_that_nobody_can_make_again_ends_the_run(self) -> None:
        play = Play(CHAIN, target=0)
        play.emit("p", slots=(play.slot("p"),))
        assert play.lose_host("p") == [("a", 0)]

    def test_or_is_counted(self) -> None:
        play = Play(CHAIN, target=0, tolerates_loss=True)
        play.emit("p", 2, slots=(play.slot("p"),))
        assert play.lose_host("p") == []
        assert play.counts("a") == {"lost": 2}
        assert play.counts("b") == {"voided": 2}
        assert play.ledger.counts(9.0).edges[0].lost == 2
        assert play.ledger.slots_in_use == 0

    def test_a_result_whose_inputs_are_lost_too(self) -> None:
        play = durable()
        play.emit("p", slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        play.lose("b")
        assert play.lose_host("p", "a") == [("b", 0)]

    def test_one_of_a_node_with_state(self) -> None:
        play = durable(stateful={"a"})
        play.emit("p", slots=(play.slot("p"),))
        play.commit("a", 0, slots=(play.slot("a"),))
        play.lose("b")
        assert play.lose_host("a") == [("b", 0)]

    def test_one_that_is_lost_each_time(self) -> None:
        play = durable(target=0)
        play.emit("p", slots=(play.slot("p"),))
        play.exchange("a", target=1)
        play.commit("a", 0, slots=(play.slot("a"),))
        for _ in range(MOST_TRIES):
            assert play.lose_host("a") == []
            play.register("a")
            play.exchange("a")
            play.commit("a", 0, slots=(play.slot("a"),))
        assert play.lose_host("a") == [("b", 0)]

    def test_a_node_that_gives_up_the_second_time_leaves_its_readers_without(self) -> None:
        play = durable(target=0)
        play.emit("p", slots=(play.slot("p"),))
        play.exchange("a", target=1)
        play.commit("a", 0, slots=(play.slot("a"),))
        play.lose_host("a")
        play.register("a")
        play.exchange("a")
        play.exchange("a", [Outcome(0, DEAD)])
        assert play.missing() == []
        assert play.counts("b") == {"voided": 1}

    def test_a_snapshot(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"keeps_snapshots": True}})
        play.emit("p")
        play.exchange("a", [output(0)._replace(snapshot=output(0, (play.slot("a"),)).body)])
        assert play.lose_host("a") == [("a", None)]

    def test_unless_its_process_lives_to_make_another(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"keeps_snapshots": True}})
        play.emit("p", 2)
        first = play.slot("a")
        play.exchange("a", [output(0)._replace(snapshot=output(0, (first,)).body)])
        play.ledger.lose_slots([(play.index("a"), 0)], 9.0)
        assert play.missing() == []
        play.exchange("a", [output(1)._replace(snapshot=output(1).body)])
        assert play.lose("a")


class TestAnInputThatCannotBeHad:
    def test_it_is_made_again_and_nothing_comes_before_it(self) -> None:
        play = durable(target=2)
        play.emit("p", 2, slots=(play.slot("p"),))
        first, second = play.slot("a", 0), play.slot("a", 1)
        play.exchange("a", [output(0, (first,), "a"), output(1, (second,), "a")])
        assert play.given("b") == [0, 1]
        assert play.lost_input("b", 0, first) == []
        assert play.outbox("b").anew
        assert play.given("b") == []
        play.given("a")
        play.commit("a", 0, slots=(play.slot("a", 2),))
        assert play.given("b") == [0, 1]

    def test_views_of_what_was_never_told_end(self) -> None:
        play = durable(target=1)
        first, second = play.slot("a", 0), play.slot("a", 1)
        play.emit("p", 2, slots=(play.slot("p"),))
        play.exchange("a", [output(0, (first,), "a")])
        play.given("b")
        play.exchange("a", [output(1, (second,), "a")], target=1)
        play.exchange("b", target=2)  # is given 1, and has not been told
        play.lost_input("b", 0, first)
        play.exchange("b", released=(first,))
        with pytest.raises(StaleTaskError, match="which it was not shown"):
            play.exchange("b", released=(second,))

    def test_without_durable_edges_it_is_lost(self) -> None:
        play = Play(CHAIN)
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        assert play.lost_input("a", 0, frame) == [("a", 0)]

    def test_of_a_number_that_it_does_not_hold_it_is_refused(self) -> None:
        play = Play(CHAIN)
        frame = play.slot("p")
        play.emit("p", slots=(frame,))
        with pytest.raises(StaleTaskError, match="a-0 has lost inputs of 1 that it was not given"):
            play.lost_input("a", 1, frame)
        with pytest.raises(StaleTaskError, match="a-0 has lost inputs of 0"):
            play.lost_input("a", 0, frame + 1)


def test_edges_into_a_node_agree() -> None:
    nodes = (NodeSpec("p"), NodeSpec("q"), NodeSpec("j", (0, 1)))
    with pytest.raises(ValueError, match="is not durable, and another into 2 is"):
        Topology(nodes, (EdgeSpec(0, 2, 4, durable=True), EdgeSpec(1, 2, 4)))
