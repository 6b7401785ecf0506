"""Voids, joins, and the ends of streams."""

from __future__ import annotations

from tests.unit.ledger.play import Play

DIAMOND = {"p": "", "a": "p", "b": "p", "j": "a b"}
TWO = {"p": "", "q": "", "j": "p q", "c": "j"}


class TestVoids:
    def test_a_skip_voids_all_below(self) -> None:
        play = Play({"p": "", "a": "p", "b": "a", "c": "b"})
        play.emit("p")
        play.skip("a", 0)
        assert [play.counts(node) for node in "pabc"] == [
            {"done": 1}, {"skipped": 1}, {"voided": 1}, {"voided": 1},
        ]  # fmt: skip

    def test_a_producer_may_skip(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.skip("p", 0)
        play.emit("p")
        assert play.given("a") == [1]
        assert play.counts("a") == {"voided": 1}

    def test_a_join_lets_go_of_what_the_other_side_sent(self) -> None:
        for first in ("a", "b"):
            play = Play(DIAMOND)
            slot = play.slot("b")
            play.emit("p")
            if first == "a":
                play.skip("a", 0)
                play.commit("b", 0, slots=(slot,))
            else:
                play.commit("b", 0, slots=(slot,))
                assert play.ledger.holds_slot(slot)
                play.skip("a", 0)
            assert play.waiting("j") == [0, 0]
            assert not play.ledger.holds_slot(slot)
            assert play.counts("j") == {"voided": 1}

    def test_a_number_is_voided_once_though_two_ways_lead_to_it(self) -> None:
        play = Play({**DIAMOND, "c": "j p"})
        play.skip("p", 0)
        assert [play.counts(node) for node in "abjc"] == [{"voided": 1}] * 4

    def test_the_end_does_not_wait_for_voids(self) -> None:
        play = Play({"p": "", "a": "p", "b": "a"})
        play.emit("p", 2)
        play.end("p")
        play.skip("a", 0)
        play.skip("a", 1)
        assert play.has_ended("a")
        assert play.has_ended("b")


class TestJoins:
    def test_numbers_are_paired(self) -> None:
        play = Play(DIAMOND, tasks={"a": 2})
        play.emit("p", 2)
        play.commit("a-1", 1)
        play.commit("b", 0)
        assert play.inputs("j") == []
        play.commit("a-0", 0)
        assert play.inputs("j") == [(0, ["a:0", "b:0"])]
        play.commit("b", 1)
        play.commit("j", 0)
        assert play.inputs("j") == [(1, ["a:1", "b:1"])]

    def test_inputs_come_in_the_order_of_the_arguments(self) -> None:
        play = Play({"p": "", "q": "", "j": "q p q"})
        play.emit("p")
        play.emit("q")
        assert play.inputs("j") == [(0, ["q:0", "p:0", "q:0"])]

    def test_producers_of_different_length_pair_as_far_as_the_shorter(self) -> None:
        play = Play(TWO)
        play.emit("p", 2)
        play.emit("q", 4)
        play.end("p", "q")
        assert play.work("j") == [0, 1]
        assert play.work("c") == [0, 1]
        assert play.counts("j") == {"done": 2, "voided": 2}
        assert play.counts("c") == {"done": 2, "voided": 2}
        assert play.has_ended("c")

    def test_the_longer_side_may_come_after_the_shorter_has_ended(self) -> None:
        play = Play(TWO, capacity=2)
        play.end("p")
        for count in range(1, 6):
            assert play.outbox("q").room > count - 1
            play.emit("q")
            assert play.counts("j") == {"voided": count}
        play.end("q")
        assert play.has_ended("j")

    def test_the_longer_side_may_have_ended_first(self) -> None:
        play = Play(TWO)
        play.emit("q", 3)
        play.end("q")
        play.emit("p")
        assert play.given("j") == [0]
        assert not play.has_ended("j")
        play.end("p")
        play.commit("j", 0)
        assert play.counts("j") == {"done": 1, "voided": 2}
        assert play.has_ended("j")

    def test_a_join_has_as_many_numbers_as_its_longest_side(self) -> None:
        play = Play({"p": "", "q": "", "a": "q", "j": "p a"}, tasks={"a": 3})
        play.emit("p")
        play.emit("q", 3)
        play.end("p", "q")
        play.commit("a-0", 0)
        assert play.work("j") == [0]
        play.commit("a-2", 2)
        assert not play.has_ended("j")
        play.commit("a-1", 1)
        assert play.counts("j") == {"done": 1, "voided": 2}
        assert play.has_ended("j")


class TestNeedless:
    def test_an_endless_producer_stops_when_its_partner_has_ended(self) -> None:
        play = Play(TWO)
        play.emit("p", 2)
        play.emit("q", 1)
        play.told()
        play.end("p")
        assert not play.outbox("q").stop  # number 1 is still needed
        play.emit("q")
        assert play.outbox("q").stop
        assert "q-0" in play.told()

    def test_it_stops_at_once_when_it_is_ahead(self) -> None:
        play = Play(TWO)
        play.emit("q", 3)
        play.told()
        play.end("p")
        assert play.outbox("q").stop
        assert "q-0" in play.told()

    def test_it_goes_on_for_another_reader(self) -> None:
        play = Play({**TWO, "other": "q"})
        play.end("p")
        play.emit("q", 3)
        assert not play.outbox("q").stop

    def test_it_stops_where_every_way_down_meets_an_ended_side(self) -> None:
        play = Play({"p": "", "q": "", "a": "q", "j": "p a", "k": "p q"})
        play.end("p")
        assert play.outbox("q").stop

    def test_it_stops_behind_a_join_that_has_not_ended_itself(self) -> None:
        flow = {"p": "", "q": "", "r": "", "j": "p q", "k": "q r", "l": "j k"}
        play = Play(flow)
        play.end("p")
        assert play.outbox("q").stop
        assert play.outbox("r").stop

    def test_many_diamonds_in_a_row_cost_no_more_than_their_edges(self) -> None:
        flow = {"x": "", "p": "", "j0": "x p"}
        for i in range(40):
            flow |= {f"a{i}": f"j{i}", f"b{i}": f"j{i}", f"j{i + 1}": f"a{i} b{i}"}
        play = Play(flow)  # 2**40 paths: to walk them all would take longer than the test may
        play.emit("p")
        play.end("x")
        assert play.outbox("p").stop
        play.end("p")
        assert play.has_ended("j40")


class TestEnd:
    def test_a_node_has_ended_when_its_last_number_is_resolved(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2})
        play.emit("p", 2)
        play.end("p")
        assert play.has_ended("p")
        play.commit("a-1", 1)
        assert not play.has_ended("a-1")
        play.told()
        play.commit("a-0", 0)
        assert play.told() == ["a-0", "a-1"]
        assert play.has_ended("a-0")
        assert play.has_ended("a-1")

    def test_the_run_is_over_when_all_have_closed(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.end("p")
        play.close("p")
        assert not play.ledger.is_over
        play.close("a")
        assert play.ledger.is_over

    def test_stop_asks_the_producers_only(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p", 2)
        play.told()
        play.stop()
        assert play.told() == ["p-0"]
        assert play.outbox("p").stop
        assert not play.outbox("a").stop
        play.end("p")
        assert play.work("a") == [0, 1]
        assert play.has_ended("a")

    def test_stop_reaches_a_producer_that_comes_later(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        play.stop()
        play.register("p")
        play.register("a")
        assert play.outbox("p").stop
        assert not play.outbox("a").stop

    def test_a_second_end_changes_nothing(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        play.end("p", "p")
        assert play.ledger.nodes[1].end == 1
