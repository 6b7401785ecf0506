from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from daskflow.ledger.slots import SlotTable, slot_number, slot_owner


def test_a_slot_says_whose_it_is() -> None:
    slot = slot_number(task=300, incarnation=7, count=65_536)
    assert slot_owner(slot) == (300, 7)
    assert slot_number(300, 7, 65_537) == slot + 1


def test_freed_when_the_last_holder_lets_go() -> None:
    table = SlotTable()
    table.hold([1])
    table.hold([1, 2])
    table.let_go([1])
    assert table.is_held(1)
    assert table.freed == []
    table.let_go([1])
    assert not table.is_held(1)
    assert table.freed == [1]
    assert len(table) == 1


def test_a_view_holds_until_it_is_released() -> None:
    table = SlotTable()
    table.hold([1])
    table.show(5, [1])
    table.let_go([1])
    assert table.is_held(1)
    table.release(5, [1])
    assert table.freed == [1]
    assert len(table) == 0


def test_each_view_is_released_by_itself() -> None:
    table = SlotTable()
    table.show(5, [1])
    table.show(5, [1])
    table.release(5, [1])
    assert table.is_held(1)
    table.release(5, [1])
    assert table.freed == [1]


def test_a_lost_task_looks_into_nothing() -> None:
    table = SlotTable()
    table.show(5, [1, 2])
    table.show(5, [1])
    table.show(6, [2])
    table.forget(5)
    assert table.freed == [1]
    assert table.is_held(2)
    table.forget(5)
    assert len(table) == 1


def test_only_who_looks_can_release() -> None:
    table = SlotTable()
    table.show(5, [1])
    with pytest.raises(StaleTaskError, match="slot 1, which it was not shown"):
        table.release(6, [1])
    assert table.is_held(1)


def test_a_slot_may_be_used_again() -> None:
    table = SlotTable()
    for _ in range(2):
        table.hold([1])
        table.let_go([1])
    assert table.freed == [1, 1]
