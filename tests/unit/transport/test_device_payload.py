"""Results in GPU memory from one task to the next, on a GPU in NumPy."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from daskflow.errors import GpuSharingError
from daskflow.ledger.slots import is_on_gpu, slot_number
from daskflow.transport.descriptor import Descriptor, slots_of
from daskflow.transport.device_payload import DeviceWriter, decode_with_device
from daskflow.transport.device_slots import GRAIN, DeviceSlots
from daskflow.transport.device_views import DeviceViews
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews
from tests.unit.transport.device_double import DeviceArray, FakeDevice, FakeMemory

FRAME = np.arange(60_000, dtype=np.uint8).reshape(100, 200, 3)


class Side:
    """One task with a GPU, as a reader and a writer."""

    def __init__(self, places: RunPlaces, device: FakeDevice, task: int, incarnation: int = 0) -> None:
        self.memory = FakeMemory(device)
        self.views = SlotViews(places)
        pool = SlotPool(slot_number(task, incarnation, 0), places)
        self.host = PayloadWriter(pool, self.views)
        self.devices = DeviceViews(self.memory, self.views)
        first = slot_number(task, incarnation, 0, on_gpu=True)
        self.slots = DeviceSlots(first, f"net-{task}", self.memory)
        self.writer = DeviceWriter(self.host, self.slots, self.devices, self.memory, np.empty)

    def encode(self, value: Any) -> Descriptor:
        return self.writer.encode(value)

    def decode(self, descriptor: Descriptor, *, private: bool = False) -> Any:
        return decode_with_device(descriptor, self.views, devices=self.devices, private=private)

    @property
    def released(self) -> deque[int]:
        return self.views.released


@pytest.fixture
def places(tmp_path):
    found = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    found.create()
    return found


@pytest.fixture
def device():
    return FakeDevice()


@pytest.fixture
def sides(places, device):
    return [Side(places, device, task) for task in range(3)]


@dataclass
class Detection:
    crop: Any
    label: str


def on_device(value: Any) -> Any:
    assert type(value) is DeviceArray
    return value.get()


def test_an_array_stays_on_the_device(sides, places):
    a, b, _ = sides
    frame, metadata = b.decode(a.encode((a.memory.put(FRAME), {"n": 1})))
    np.testing.assert_array_equal(on_device(frame), FRAME)
    assert metadata == {"n": 1}
    assert not list(places.memory.iterdir())


def test_its_descriptor_names_a_slot_on_the_device_and_is_small(sides):
    a = sides[0]
    descriptor = a.encode((a.memory.put(FRAME), {}))
    (slot,) = slots_of(descriptor)
    assert is_on_gpu(slot)
    assert len(descriptor[0]) < 500


@pytest.mark.parametrize("dtype", ["f4", "u1", "c8", "?"])
@pytest.mark.parametrize("shape", [(3, 5), (), (0, 4), (7,)])
def test_any_shape_and_dtype(sides, dtype, shape):
    a, b, _ = sides
    array = np.ones(shape, dtype)
    found = on_device(b.decode(a.encode([a.memory.put(array)]))[0])
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


def test_arrays_of_one_result_share_a_slot(sides):
    a, b, _ = sides
    value = {"boxes": a.memory.put(np.ones((5, 4), "f4")), "masks": [a.memory.put(FRAME)], "n": 5}
    descriptor = a.encode(value)
    assert len(slots_of(descriptor)) == 1
    found = b.decode(descriptor)
    np.testing.assert_array_equal(on_device(found["boxes"]), np.ones((5, 4)))
    np.testing.assert_array_equal(on_device(found["masks"][0]), FRAME)
    assert found["masks"][0].address % 512 == found["boxes"].address % 512
    del found["boxes"]
    assert not b.released
    del found
    assert list(b.released) == list(slots_of(descriptor))


def test_arrays_in_main_memory_go_beside_them(sides):
    a, b, _ = sides
    descriptor = a.encode(Detection((a.memory.put(FRAME[:9]), FRAME), "cat"))
    assert sorted(is_on_gpu(slot) for slot in slots_of(descriptor)) == [False, True]
    found = b.decode(descriptor)
    np.testing.assert_array_equal(on_device(found.crop[0]), FRAME[:9])
    np.testing.assert_array_equal(found.crop[1], FRAME)
    assert not found.crop[1].flags.writeable
    del found
    assert sorted(b.released) == sorted(slots_of(descriptor))


def test_a_result_without_arrays_on_the_device_is_like_any_other(sides):
    a, b, _ = sides
    assert b.decode(a.encode((3, {"n": 1}))) == (3, {"n": 1})
    descriptor = a.encode((FRAME, {"n": 1}))
    assert len(descriptor) == 5
    np.testing.assert_array_equal(b.decode(descriptor)[0], FRAME)


def test_an_array_in_pieces_arrives_in_one(sides):
    a, b, _ = sides
    found = b.decode(a.encode(a.memory.put(FRAME)[:, ::-1]))
    np.testing.assert_array_equal(on_device(found), FRAME[:, ::-1])


def test_the_copy_is_done_before_anybody_hears_of_it(sides, device):
    a, _, _ = sides
    a.encode(a.memory.put(FRAME))
    assert not a.memory.queue
    assert any((block[: FRAME.size] == FRAME.reshape(-1)).all() for block in device.blocks.values())


def test_an_input_in_the_result_is_not_copied(sides, device):
    a, b, c = sides
    frame = b.decode(a.encode(a.memory.put(FRAME)))
    descriptor = b.encode({"same": frame, "part": frame[20:90], "new": b.memory.put(FRAME + 1)})
    assert len(device.blocks) == 2
    assert [slot >> 40 for slot in slots_of(descriptor)] == [0, 1]
    found = c.decode(descriptor)
    np.testing.assert_array_equal(on_device(found["same"]), FRAME)
    np.testing.assert_array_equal(on_device(found["part"]), FRAME[20:90])
    np.testing.assert_array_equal(on_device(found["new"]), FRAME + 1)
    forwarded = b.encode(frame)
    assert slots_of(forwarded) == (slot_number(0, 0, 0, on_gpu=True),)
    np.testing.assert_array_equal(on_device(c.decode(forwarded)), FRAME)


def test_a_part_of_an_input_that_is_in_pieces_is_copied(sides):
    a, b, c = sides
    frame = b.decode(a.encode(a.memory.put(FRAME)))
    descriptor = b.encode(frame[:, ::2])
    assert [slot >> 40 for slot in slots_of(descriptor)] == [1]
    np.testing.assert_array_equal(on_device(c.decode(descriptor)), FRAME[:, ::2])


def test_each_reading_is_released_by_itself_and_a_block_is_opened_once(sides):
    a, b, _ = sides
    descriptor = a.encode(a.memory.put(FRAME))
    first, second = b.decode(descriptor), b.decode(descriptor)
    assert len(b.memory.opened) == 1
    part = first[10:]
    del first
    assert not b.released
    del part
    assert len(b.released) == 1
    del second
    assert len(b.released) == 2


def test_private_arrays_hold_no_slot(sides):
    a, b, _ = sides
    descriptor = a.encode([a.memory.put(FRAME), FRAME])
    found = b.decode(descriptor, private=True)
    assert sorted(b.released) == sorted(slots_of(descriptor))
    found[0].array[:] = 9
    found[1][:] = 9
    np.testing.assert_array_equal(on_device(b.decode(descriptor)[0]), FRAME)


def test_a_block_is_written_again_only_after_it_came_back(sides):
    a, b, _ = sides
    first = a.encode(a.memory.put(FRAME))
    looking = b.decode(first)
    second = a.encode(a.memory.put(FRAME + 1))
    assert slots_of(first) != slots_of(second)
    np.testing.assert_array_equal(on_device(looking), FRAME)
    a.slots.recycle(slots_of(first)[0])
    assert slots_of(a.encode(a.memory.put(FRAME + 2))) == slots_of(first)
    assert len(a.slots) == 2


def test_the_smallest_that_will_do_is_taken_and_none_is_given_back():
    slots = DeviceSlots(0, "net-0", FakeMemory(FakeDevice()))
    large, small = slots.take(5 * GRAIN), slots.take(10)
    assert (large.block.size_bytes, small.block.size_bytes) == (5 * GRAIN, GRAIN)
    for owned in (small, large):
        slots.recycle(owned.block.slot)
    assert slots.take(GRAIN) is small
    assert slots.take(GRAIN) is large
    assert slots.take(GRAIN).block.slot == 2


@pytest.mark.parametrize("size", [1, GRAIN, 100 * GRAIN + 1, 24_883_200])
def test_blocks_are_at_most_a_quarter_larger_than_asked(size):
    owned = DeviceSlots(0, "net-0", FakeMemory(FakeDevice())).take(size)
    assert owned.block.size_bytes % GRAIN == 0
    assert size <= owned.block.size_bytes <= max(GRAIN, size * 1.25)


def test_without_room_results_go_to_main_memory_and_the_log_says_so_once(places, caplog):
    device = FakeDevice(room_bytes=GRAIN)
    a, b = Side(places, device, 0), Side(places, device, 1)
    kept, *others = [a.encode(a.memory.put(FRAME)) for _ in range(3)]
    assert is_on_gpu(slots_of(kept)[0])
    for descriptor in others:
        found = decode(descriptor, b.views)  # which any task can
        np.testing.assert_array_equal(found, FRAME)
    assert caplog.text.count("task net-0: no room for") == 1
    a.slots.recycle(slots_of(kept)[0])
    assert is_on_gpu(slots_of(a.encode(a.memory.put(FRAME)))[0])


def test_without_sharing_too_and_nobody_tries_again(places, caplog):
    device = FakeDevice(can_share=False)
    a, b = Side(places, device, 0), Side(places, device, 1)
    first = a.encode(a.memory.put(FRAME))
    device.can_share = True
    second = a.encode(a.memory.put(FRAME))
    for descriptor in (first, second):
        np.testing.assert_array_equal(b.decode(descriptor), FRAME)
    assert caplog.text.count("cannot be shared between processes here (not supported)") == 1


def test_a_block_that_cannot_be_opened_names_its_owner_and_what_to_do(sides, device):
    a, b, _ = sides
    descriptor = a.encode(a.memory.put(FRAME))
    device.blocks.clear()
    with pytest.raises(GpuSharingError, match=r"task net-0 .*invalid handle.*'daskflow.gpu-ipc': False"):
        b.decode(descriptor)
    assert list(b.released) == list(slots_of(descriptor))


def test_so_does_a_task_that_cannot_use_its_gpu(sides):
    a, b, _ = sides
    descriptor = a.encode(a.memory.put(FRAME))
    with pytest.raises(GpuSharingError, match="CuPy"):
        decode(descriptor, b.views)


class Resists:
    def __reduce__(self) -> Any:
        raise RuntimeError("resists")


def test_a_result_that_cannot_be_pickled_leaves_its_block_free(sides, caplog):
    a = sides[0]
    with pytest.raises(RuntimeError, match="resists"):
        a.encode([a.memory.put(FRAME), Resists()])
    a.encode(a.memory.put(FRAME))
    assert len(a.slots) == 1
    assert not caplog.text


def test_what_a_lost_owner_left_is_closed_when_its_successor_comes(places, device):
    a, b = Side(places, device, 0), Side(places, device, 1)
    unused, kept = (a.encode(a.memory.put(FRAME)) for _ in range(2))
    b.decode(unused)
    looking = b.decode(kept)
    again = Side(places, device, 0, incarnation=1)
    b.memory.queue.append(lambda: None)  # the device still works on what it was given
    b.decode(again.encode(again.memory.put(FRAME + 1)))
    assert len(b.memory.closed) == 1
    np.testing.assert_array_equal(on_device(looking), FRAME)
