"""Payloads: no copy at the reader, one at the writer, none for a forward; slots held as long as seen."""

from __future__ import annotations

import errno
import gc
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daskflow.errors import StoreFullError
from daskflow.transport.descriptor import INLINE_LIMIT, Descriptor, slots_of
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews


class Side:
    """One task, as a reader and a writer."""

    def __init__(self, places: RunPlaces, first: int = 0) -> None:
        self.released = 0
        self.views = SlotViews(places)
        self.views.on_release = self._note
        self.pool = SlotPool(first, places)
        self.writer = PayloadWriter(self.pool, self.views)

    def decode(self, descriptor: Descriptor, *, private: bool = False) -> Any:
        return decode(descriptor, self.views, private=private)

    def _note(self) -> None:
        self.released += 1


@pytest.fixture
def places(tmp_path):
    found = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    found.create()
    return found


@dataclass
class Detection:
    crop: np.ndarray
    label: str


def big(value: int = 1, shape: tuple[int, ...] = (100, 200, 3)) -> np.ndarray:
    return np.full(shape, value, np.uint8)


def test_small_payloads_travel_inline(places):
    a, b = Side(places), Side(places, 1 << 20)
    descriptor = a.writer.encode({"x": 1, "small": np.arange(10)})
    assert slots_of(descriptor) == ()
    value = b.decode(descriptor)
    assert (value["small"] == np.arange(10)).all()
    assert not value["small"].flags.writeable
    assert len(a.pool) == 0


@pytest.mark.parametrize("wrap", [
    lambda x: x, lambda x: (x, 1), lambda x: {"a": [x, x]}, lambda x: Detection(x, "cat"),
    lambda x: x[:50, ::2], lambda x: (x[:, ::-1], {"n": 1}), lambda x: (x.T, 1), np.asfortranarray,
    lambda x: x.astype(">f4"), bytes,
    lambda x: [list(range(9000)), x], lambda x: np.ma.masked_less(x, 1),
    lambda x: (x, list(range(9000))), lambda x: (x, {"mask": x[0]}), lambda x: (x.astype(">f4"), 1),
    lambda x: (x.astype(object), 1), lambda x: (x.astype("M8[s]"), 1), lambda x: (x.view("u1,u2"), 1),
])  # fmt: skip
def test_any_payload_comes_back_equal(places, wrap):
    a, b = Side(places), Side(places, 1 << 20)
    value = wrap(big(3))
    np.testing.assert_equal(unwrap(b.decode(a.writer.encode(value))), unwrap(value))


def unwrap(value: Any) -> Any:
    return (value.crop, value.label) if isinstance(value, Detection) else value


def test_arrays_are_views_into_the_slot_and_read_only(places):
    a, b = Side(places), Side(places, 1 << 20)
    descriptor = a.writer.encode(big())
    frame = b.decode(descriptor)
    assert b.views.locate(frame.__array_interface__["data"][0], frame.nbytes) == (0, 0, frame.nbytes)
    with pytest.raises(ValueError, match="read-only"):
        frame[0] = 1
    assert a.writer.copies == 1


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x, {"n": 1})])
def test_private_arrays_are_writable_and_hold_no_slot(places, wrap):
    a, b = Side(places), Side(places, 1 << 20)
    frame = b.decode(a.writer.encode(wrap(big())), private=True)[0]
    frame[:] = 9
    assert list(b.views.released) == [0]


@pytest.mark.parametrize("part_of", [
    lambda x: x[10:20, 5:], lambda x: x.T, lambda x: x.view("u4"), lambda x: x.view(np.matrix),
    lambda x: memoryview(x)[5:], lambda x: np.asarray(memoryview(x)),
    lambda x: np.broadcast_to(x, (2, 100, 400)),
    lambda x: np.lib.stride_tricks.sliding_window_view(x, 3, axis=0), lambda x: x.flat,
    lambda x: x.reshape(-1),
])  # fmt: skip
def test_whatever_looks_into_a_frame_holds_its_slot(places, part_of):
    a, b = Side(places), Side(places, 1 << 20)
    frame, _ = b.decode(a.writer.encode((big(shape=(100, 400)), {"n": 1})))
    part = part_of(frame)
    del frame
    gc.collect()
    assert b.released == 0
    del part
    gc.collect()
    assert list(b.views.released) == [0]


def test_an_array_that_is_not_in_one_piece_is_copied_once(places):
    a, b = Side(places), Side(places, 1 << 20)
    frame = np.arange(60_000, dtype=np.uint8).reshape(100, 200, 3)
    descriptor = a.writer.encode((frame[:, ::-1], {"n": 1}))
    assert (len(descriptor), a.writer.copies) == (5, 1)
    np.testing.assert_array_equal(b.decode(descriptor)[0], frame[:, ::-1])


def test_a_slot_is_released_with_the_last_array_into_it(places):
    a, b = Side(places), Side(places, 1 << 20)
    frame = b.decode(a.writer.encode((big(), big(2))))
    part = frame[1][10:20, 5:]
    del frame
    gc.collect()
    assert b.released == 0
    part = part.T
    assert b.released == 0
    del part
    assert list(b.views.released) == [0]


def test_each_delivery_is_released_by_itself(places):
    a, b = Side(places), Side(places, 1 << 20)
    descriptor = a.writer.encode(big())
    first, second = b.decode(descriptor), b.decode(descriptor)
    del first
    assert list(b.views.released) == [0]
    del second
    assert list(b.views.released) == [0, 0]


def test_an_input_in_the_result_is_forwarded_without_a_copy(places):
    a, b, c = Side(places), Side(places, 1 << 20), Side(places, 2 << 20)
    frame = b.decode(a.writer.encode(big(5)))
    descriptor = b.writer.encode({"same": frame, "part": frame[20:90], "new": big(6)})
    assert (b.writer.forwards, b.writer.copies) == (2, 1)
    assert sorted(descriptor[2]) == [0, 1 << 20]
    value = c.decode(descriptor)
    assert (value["same"] == 5).all()
    assert value["part"].shape == (70, 200, 3)
    assert (value["new"] == 6).all()


def test_the_writer_may_change_its_array_afterwards(places):
    a, b = Side(places), Side(places, 1 << 20)
    frame = big(1)
    frame.flags.writeable = False
    mine = big(1)
    descriptors = [a.writer.encode(frame), a.writer.encode(mine)]
    mine[:] = 0
    assert all((b.decode(descriptor) == 1).all() for descriptor in descriptors)


def test_slots_are_recycled_the_warmest_first(places):
    a = Side(places)
    slots = [a.writer.encode(big())[2][0] for _ in range(3)]
    for slot in slots:
        a.pool.recycle(slot)
    assert a.writer.encode(big())[2] == [slots[-1]]
    assert a.pool.created == 3


def test_slots_that_are_too_small_are_retired_one_for_one(places):
    a = Side(places)
    for slot in [a.writer.encode(big())[2][0] for _ in range(3)]:
        a.pool.recycle(slot)
    a.writer.encode(big(shape=(400, 400, 3)))
    assert len(a.pool) == 3
    assert len(os.listdir(places.memory)) == 3


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(INLINE_LIMIT, 300_000), min_size=1, max_size=20))
def test_frames_of_varying_size_use_no_more_slots_than_are_in_use(tmp_path_factory, sizes):
    places = RunPlaces(tmp_path_factory.mktemp("m") / "memory", tmp_path_factory.mktemp("d") / "disk")
    places.create()
    a = Side(places)
    for size in sizes:
        for slot in a.writer.encode(np.zeros(size + 1, np.uint8))[2]:
            a.pool.recycle(slot)
    assert len(a.pool) == 1


def full(monkeypatch: pytest.MonkeyPatch, *places: Any) -> None:
    """Make the file systems of these places full."""
    real_open, real_allocate, paths = os.open, os.posix_fallocate, {}

    def spy(path, *arguments):
        fd = real_open(path, *arguments)
        paths[fd] = str(path)
        return fd

    def allocate(fd, offset, size):
        if any(paths.get(fd, "").startswith(str(place)) for place in places):
            raise OSError(errno.ENOSPC, "No space left on device")
        real_allocate(fd, offset, size)

    monkeypatch.setattr(os, "open", spy)
    monkeypatch.setattr(os, "posix_fallocate", allocate)


def test_full_shared_memory_means_files_on_disk_and_says_so(places, monkeypatch, caplog):
    full(monkeypatch, places.memory)
    a, b = Side(places), Side(places, 1 << 20)
    frame = b.decode(a.writer.encode(big(4)))
    assert (frame == 4).all()
    assert os.listdir(places.memory) == []
    assert len(os.listdir(places.disk)) == 1
    assert str(places.disk) in caplog.text


def test_no_room_anywhere_is_an_error_that_says_what_to_do(places, monkeypatch):
    full(monkeypatch, places.memory, places.disk)
    with pytest.raises(StoreFullError, match="shm-size"):
        Side(places).writer.encode(big())
    assert os.listdir(places.memory) == os.listdir(places.disk) == []


def test_files_are_for_their_user_only(places):
    Side(places).writer.encode(big())
    assert (places.memory.stat().st_mode & 0o777) == 0o700
    assert [path.stat().st_mode & 0o777 for path in places.memory.iterdir()] == [0o600]
