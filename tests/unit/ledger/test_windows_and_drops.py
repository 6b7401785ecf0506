"""How much an edge holds: windows where it blocks, drops where it is lossy."""

from __future__ import annotations

from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


class TestWindows:
    def test_room_is_counted_from_the_lowest_unresolved_number(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2}, capacity=3)
        assert play.outbox("p").room == 3
        play.emit("p", 3)
        play.commit("a-1", 1)
        assert play.outbox("p").room == 3  # 0 is still in hand
        play.commit("a-0", 0)
        assert play.outbox("p").room == 5

    def test_a_producer_that_waits_is_told_of_room(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=1)
        play.emit("p")
        play.told()
        play.commit("a", 0)
        assert "p-0" in play.told()

    def test_a_producer_with_room_is_not_woken(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=4)
        play.emit("p")
        play.told()
        assert play.given("a") == [0]
        play.commit("a", 0)
        assert play.told() == []

    def test_more_messages_in_no_slot_may_wait_where_the_target_is_fast(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=4, inline_capacity=40)
        play.emit("p")
        assert (play.outbox("p").room, play.outbox("p").inline_room) == (4, 4)
        play.work("a")
        play.exchange("a", target=3)
        play.emit("p")
        assert (play.outbox("p").room, play.outbox("p").inline_room) == (1 + 4, 1 + 12)
        play.exchange("a", target=64)
        play.emit("p")
        assert (play.outbox("p").room, play.outbox("p").inline_room) == (1 + 4, 1 + 40)

    def test_a_source_of_frames_has_the_narrow_window(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=4, inline_capacity=40, target=9)
        play.emit("p", 3, slots=(play.slot("p"),))
        play.told()
        play.emit("p", slots=(play.slot("p"),))
        assert play.outbox("p").room == 4
        play.commit("a", 0)
        assert "p-0" in play.told()
        assert play.outbox("p").room == 5

    def test_a_full_edge_is_filled_again_when_a_quarter_is_free(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=8)
        play.emit("p", 8)
        play.told()
        assert play.given("a") == [0]
        play.commit("a", 0)
        assert play.given("a") == [1]
        assert "p-0" not in play.told()
        play.commit("a", 1)
        assert "p-0" in play.told()
        assert play.outbox("p").room == 10

    def test_the_tightest_edge_decides(self) -> None:
        play = Play({"p": "", "a": "p", "b": "p"}, capacity=2)
        play.emit("p", 2)
        play.work("a")
        assert play.outbox("p").room == 2
        play.commit("b", 0)
        assert play.outbox("p").room == 3

    def test_a_lease_waits_for_room_behind_it(self) -> None:
        play = Play(CHAIN, capacity=1)
        play.emit("p")
        play.commit("a", 0)
        play.emit("p")
        assert play.given("b") == [0]
        assert play.given("a") == [0]  # the first, long done; 1 is not given while 0 fills the edge
        play.commit("b", 0)
        assert play.given("a") == [1]

    def test_a_void_makes_room(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=1)
        play.emit("p")
        play.skip("a", 0)
        assert play.outbox("p").room == 2

    def test_a_diamond_with_replicas_and_a_capacity_of_one_goes_on(self) -> None:
        play = Play({"p": "", "a": "p", "j": "p a"}, tasks={"a": 3}, capacity=1)
        for number in range(5):
            play.emit("p")
            (holder,) = [task for task in ("a-0", "a-1", "a-2") if play.given(task)]
            play.commit(holder, number)
            assert play.given("j") == [number]
            play.commit("j", number)
            assert play.outbox("p").room == number + 2

    def test_late_replicas_do_not_fill_the_edge_before_the_next_in_order(self) -> None:
        play = Play(CHAIN, tasks={"a": 4}, capacity=2)
        play.emit("p", 2)
        play.commit("a-1", 1)
        assert play.outbox("p").room == 2
        assert play.waiting("b") == [1]
        play.commit("a-0", 0)
        assert play.work("b") == [0, 1]


class TestDrops:
    def lossy(self, capacity: int = 2, **options: object) -> Play:
        return Play({"p": "", "a": "p"}, capacity=capacity, lossy={"p>a"}, **options)  # type: ignore[arg-type]

    def test_a_full_edge_drops_its_oldest(self) -> None:
        play = self.lossy()
        play.emit("p", 6)
        assert play.given("a") == [0]
        assert play.counts("a") == {"dropped": 3}
        assert play.waiting("a") == [2]
        play.commit("a", 0)
        assert play.given("a") == [4]

    def test_never_one_that_is_leased(self) -> None:
        play = self.lossy(capacity=1, target=2)
        play.emit("p", 5)
        assert play.given("a") == [0, 1]
        play.commit("a", 0, 1)
        assert play.given("a") == [4]
        assert play.counts("a") == {"done": 2, "dropped": 2}

    def test_the_lowest_is_the_oldest_whenever_it_came(self) -> None:
        play = Play(CHAIN, tasks={"a": 3}, capacity=1, lossy={"p>a", "a>b"})
        play.exchange("b", target=0)
        for _ in range(3):
            play.emit("p")
        play.commit("a-2", 2)
        play.commit("a-0", 0)
        play.exchange("b", target=1)
        assert play.counts("b") == {"dropped": 1}
        assert play.given("b") == []  # 1 is still in hand
        play.commit("a-1", 1)
        assert play.counts("b") == {"dropped": 2}
        assert play.given("b") == [2]

    def test_the_producer_never_waits(self) -> None:
        play = self.lossy(capacity=1)
        for number in range(100):
            assert play.outbox("p").room > number
            play.emit("p")
        assert play.counts("a") == {"dropped": 98}

    def test_a_blocking_edge_beside_it_still_blocks(self) -> None:
        play = Play({"p": "", "a": "p", "b": "p"}, capacity=2, lossy={"p>a"})
        assert play.outbox("p").room == 2

    def test_a_drop_voids_all_below_and_frees_the_slot(self) -> None:
        play = Play(CHAIN, capacity=1, lossy={"p>a"})
        slots = [play.slot("p", i) for i in range(3)]
        for slot in slots:
            play.emit("p", slots=(slot,))
        assert [play.ledger.holds_slot(slot) for slot in slots] == [True, False, True]
        assert play.counts("b") == {"voided": 1}

    def test_a_drop_at_a_join_lets_go_of_the_other_side_too(self) -> None:
        play = Play({"p": "", "q": "", "j": "p q"}, capacity=1, lossy={"p>j"})
        slot = play.slot("q")
        play.exchange("j", target=0)
        play.emit("q", slots=(slot,))
        play.emit("p", 2)
        assert play.counts("j") == {"dropped": 1}
        assert not play.ledger.holds_slot(slot)
        assert play.waiting("j") == [1, 0]
        assert play.outbox("q").room == 2

    def test_every_number_is_accounted_for(self) -> None:
        play = self.lossy(capacity=1)
        play.emit("p", 10)
        play.end("p")
        assert play.work("a") == [0, 9]
        assert play.counts("a") == {"done": 2, "dropped": 8}
        assert play.has_ended("a")
