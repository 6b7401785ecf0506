"""Arrays made in a slot: sent without a copy, never written again while anybody looks at them."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews

SHAPE = (100, 200, 3)
BYTES = np.dtype(np.uint8)


@pytest.fixture
def views(tmp_path):
    places = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    places.create()
    return SlotViews(places)


@pytest.fixture
def pool(views):
    return SlotPool(0, views._places)


@pytest.fixture
def writer(pool, views):
    return PayloadWriter(pool, SlotViews(views._places))


def lent(writer, value=7, shape=SHAPE, dtype=BYTES):
    array = writer.loans.empty(shape, dtype)
    array[...] = value
    return array


@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: (x, {"n": 1}), lambda x: {"frame": x, "n": 1}, lambda x: [x, x[:50]]]
)
def test_what_was_made_in_a_slot_is_not_copied(writer, views, wrap):
    value = wrap(lent(writer))
    got = decode(writer.encode(value), views)
    assert writer.copies == 0
    np.testing.assert_equal(got, value)


def test_nor_is_what_somebody_else_was_shown_of_it(writer, views):
    array = lent(writer)
    seen = array.view()
    seen.flags.writeable = False  # as the next in a fused chain is given it
    descriptor = writer.encode((seen, {"a": 1}))
    assert (writer.copies, writer.forwards) == (0, 0)
    assert (decode(descriptor, views)[0] == 7).all()
    assert not array.flags.writeable


def test_other_dtypes_and_orders(writer, views):
    array = lent(writer, 1.5, (300, 40), np.dtype(">f8"))
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(decode(writer.encode(array.T), views), array.T)
    assert writer.copies == 0


def test_objects_are_refused(writer):
    with pytest.raises(TypeError, match="dtype object"):
        writer.loans.empty((9000,), np.dtype(object))


def test_it_is_read_only_once_it_was_sent(writer):
    array = lent(writer)
    writer.encode(array)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_a_part_of_it_that_was_sent_is_read_only_too(writer):
    part = lent(writer)[:50]
    writer.encode((part, {"n": 1}))
    with pytest.raises(ValueError, match="read-only"):
        part[0] = 1


def test_one_beside_another_large_array_is_not_lent_again(writer, pool):
    array = lent(writer)
    slots = writer.encode({"lent": array, "own": np.zeros(SHAPE, np.uint8)})[2]
    assert len(slots) == 2
    assert not array.flags.writeable
    for slot in slots:
        writer.loans.recycle(slot)
    other = lent(writer, 9)
    assert (array == 7).all()
    assert (other == 9).all()


def test_a_second_result_of_it_is_a_copy(writer, views):
    array = lent(writer)
    first, second = writer.encode(array), writer.encode(array)
    assert writer.copies == 1
    assert first[2] != second[2]
    np.testing.assert_array_equal(decode(second, views), array)


def test_one_that_is_not_sent_goes_back(writer, pool):
    for _ in range(10):
        lent(writer)
    gc.collect()
    assert pool.created <= 2


def test_a_slot_is_not_written_again_while_its_maker_looks_into_it(writer, pool):
    kept = lent(writer, 3)
    (slot,) = writer.encode(kept)[2]
    writer.loans.recycle(slot)  # all readers have let go of it
    for _ in range(3):
        writer.encode(np.zeros(SHAPE, np.uint8))
        lent(writer, 9)
    assert (kept == 3).all()
    del kept
    created = pool.created
    again = lent(writer, 5)
    assert pool.created == created
    assert (again == 5).all()


def test_a_slot_whose_maker_let_go_is_written_again_when_the_readers_have_too(writer, pool):
    (slot,) = writer.encode(lent(writer, 3))[2]
    other = lent(writer, 4)
    assert pool.created == 2
    writer.loans.recycle(slot)
    lent(writer, 5)
    assert pool.created == 2
    assert (other == 4).all()


def test_a_view_keeps_it_too(writer):
    frame = lent(writer, 3)
    view = frame[10:20]
    (slot,) = writer.encode(frame)[2]
    del frame
    writer.loans.recycle(slot)
    lent(writer, 9)
    assert (view == 3).all()


def test_one_that_was_dropped_is_used_again_only_after_a_wait_for_the_device(writer, pool):
    waits = []
    writer.loans.before_reuse = lambda: waits.append(pool.created)
    kept = lent(writer)
    assert waits == []
    del kept
    lent(writer)
    assert (waits, pool.created) == ([1], 1)
