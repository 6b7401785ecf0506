"""Slots whose pages are locked for a GPU: each once, unlocked before they go."""

from __future__ import annotations

import numpy as np
import pytest

from daskflow.transport import pins as pins_module
from daskflow.transport import views as views_module
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.pins import PinnedPages
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews, address_of
from tests.unit.transport.device_double import FakeDevice, FakeMemory


@pytest.fixture
def memory():
    return FakeMemory(FakeDevice())


@pytest.fixture
def places(tmp_path):
    found = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    found.create()
    return found


@pytest.fixture
def pool(places, memory):
    pool = SlotPool(0, places)
    pool.pins = PinnedPages(memory)
    return pool


@pytest.fixture
def views(places, memory):
    views = SlotViews(places)
    views.pins = PinnedPages(memory)
    return views


@pytest.fixture
def writer(places):
    return PayloadWriter(SlotPool(1 << 40, places), SlotViews(places))


def frame(value: int = 0, size: int = 40_960) -> np.ndarray:
    return np.full(size, value, np.uint8)


def test_a_slot_of_the_tasks_own_is_pinned_once(pool, memory):
    for _ in range(3):
        slot = pool.take(40_960)
        assert memory.pinned == {address_of(slot.array()): 40_960}
        pool.recycle(slot.number)


def test_and_unpinned_before_it_is_retired(pool, memory):
    first = pool.take(40_960)
    address = address_of(first.array())
    pool.recycle(first.number)
    memory.queue.append(lambda: None)  # a copy from it
    second = pool.take(400_000)
    assert address not in memory.pinned or address == address_of(second.array())
    assert len(memory.pinned) == 1
    assert memory.waits == 1


def test_an_input_is_pinned_once_and_read_only_still(writer, views, memory):
    descriptor = writer.encode((frame(3), {}))
    for _ in range(2):
        (array, _) = decode(descriptor, views)
        assert memory.pinned == {address_of(array): 40_960}
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_what_its_owner_writes_next_is_seen(writer, views):
    descriptor = writer.encode((frame(3), {}))
    assert decode(descriptor, views)[0][0] == 3
    writer.loans.recycle(descriptor[2][0])
    assert decode(writer.encode((frame(4), {})), views)[0][0] == 4


def test_a_mapping_that_is_dropped_is_unpinned(writer, views, memory, monkeypatch):
    monkeypatch.setattr(views_module, "MAPPINGS_KEPT", 2)
    arrays = [decode(writer.encode((frame(i), {})), views)[0] for i in range(3)]
    assert list(memory.pinned) == [address_of(array) for array in arrays[1:]]
    assert [array[0] for array in arrays] == [0, 1, 2]


def test_of_many_the_oldest_are_unpinned(pool, memory, monkeypatch):
    monkeypatch.setattr(pins_module, "MOST_PINNED", 2)
    slots = [pool.take(40_960) for _ in range(4)]
    assert list(memory.pinned) == [address_of(slot.array()) for slot in slots[2:]]
    for slot in slots:
        pool.recycle(slot.number)
    pool.take(400_000)  # retires one that is pinned no more
    assert len(memory.pinned) == 2


def test_without_pinning_all_goes_on(pool, views, writer, memory, caplog):
    memory.can_pin = False
    caplog.set_level("DEBUG", "daskflow.transport")
    pool.recycle(pool.take(40_960).number)
    pool.take(400_000)
    assert decode(writer.encode((frame(3), {})), views)[0][0] == 3
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert "could not be pinned: not supported" in caplog.text


def test_close_unpins_all(pool, memory):
    for _ in range(3):
        pool.take(40_960)
    pool.pins.close()
    assert memory.pinned == {}
