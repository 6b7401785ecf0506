"""GPU memory between real processes, pages that are really pinned, a stream that is really another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import GPU, Context
from daskflow.ledger.slots import is_on_gpu, slot_number
from daskflow.runtime.gpu import TaskGpu, cupy_memory
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.descriptor import slots_of
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews, address_of
from tests.gpu.conftest import needs_gpu

pytestmark = [pytest.mark.gpu, needs_gpu]

SHAPE = (480, 640, 3)
PATIENCE_S = 60


class Side:
    """What a task with a GPU has; makes its stream the current one."""

    def __init__(self, places: RunPlaces, task: int) -> None:
        memory = cupy_memory()
        assert memory is not None
        self.pool = SlotPool(slot_number(task, 0, 0), places)
        self.views = SlotViews(places)
        self.told = self.views.released
        spec = TaskSpec(
            "flow", "run", task, "node", f"node-{task}", 0, 1, True, 0, places, device=GPU, keeps_on_gpu=True
        )
        self.gpu = TaskGpu(
            memory, spec, 0, self.pool, self.views, PayloadWriter(self.pool, self.views), np.empty
        )


@pytest.fixture
def places(tmp_path: Path) -> RunPlaces:
    found = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    found.create()
    return found


@pytest.fixture
def side(places: RunPlaces) -> Iterator[Side]:
    import cupy

    before = cupy.cuda.get_current_stream()
    side = Side(places, 0)
    yield side
    side.gpu.close()
    before.use()


def read_frames(places: RunPlaces, pipe: Connection) -> None:
    """The other process: says of each payload what is in it, and which slots it let go of."""
    import cupy

    side = Side(places, 1)
    kept: list[Any] = []
    while (descriptor := pipe.recv()) is not None:
        frame, metadata = side.gpu.decode(descriptor, side.views)
        kept.append((frame, metadata["value"]))
        said = type(frame).__module__.partition(".")[0], [bool((f == v).all()) for f, v in kept]
        del frame
        if len(kept) == 3:
            old, _ = kept.pop(0)
            cupy.add(old, 1)  # queued, while the array goes
            del old
        side.gpu.pass_on_releases()
        pipe.send((said, [side.told.popleft() for _ in range(len(side.told))]))
    kept.clear()
    side.gpu.close()


def test_another_process_sees_the_frames_and_none_changes_while_it_looks(side: Side, places: RunPlaces):
    import cupy

    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    reader = context.Process(target=read_frames, args=(places, theirs), daemon=True)
    reader.start()
    slots: set[int] = set()
    for value in range(30):
        descriptor = side.gpu.encode((cupy.full(SHAPE, value, cupy.uint8), {"value": value}))
        slots.update(slots_of(descriptor))
        pipe.send(descriptor)
        assert pipe.poll(PATIENCE_S)
        (kind, are_right), released = pipe.recv()
        assert kind == "cupy"
        assert all(are_right)
        for slot in released:
            side.gpu.recycle(slot)
    pipe.send(None)
    reader.join(PATIENCE_S)
    assert reader.exitcode == 0
    assert len(slots) <= 4
    assert all(is_on_gpu(slot) for slot in slots)
    assert not list(places.memory.iterdir())


def test_the_stream_is_the_tasks_own(side: Side):
    import cupy

    default, of_each_thread = cupy.cuda.Stream.null.ptr, cupy.cuda.Stream.ptds.ptr
    assert cupy.cuda.get_current_stream().ptr not in (default, of_each_thread)


def test_slots_are_pinned_while_they_are_mapped(side: Side, places: RunPlaces):
    from cupy.cuda.pinned_memory import is_memory_pinned

    slot = side.pool.take(1 << 20)
    slot.fill(np.arange(1 << 20, dtype=np.uint8))
    array = side.views.look(slot.number, (1 << 20,))
    addresses = [address_of(slot.array()), address_of(array)]
    assert [is_memory_pinned(address) for address in addresses] == [True, True]
    side.gpu.close()
    assert [is_memory_pinned(address) for address in addresses] == [False, False]
    assert array[77] == 77


def test_a_copy_to_the_device_goes_on_while_the_call_has_returned(side: Side):
    import cupy

    slot = side.pool.take(1 << 20)
    slot.fill(np.full(1 << 20, 5, np.uint8))
    frame = side.views.look(slot.number, (1 << 20,))
    ctx = Context("flow", "run", "node", device=GPU)
    ctx.to_device(frame)
    cupy.cuda.get_current_stream().synchronize()  # CuPy has its memory now
    product = work = cupy.full((8192, 8192), 1e-4, cupy.float32)
    product = work @ work
    side.gpu.synchronize()
    for _ in range(40):
        product = product @ work
    there = ctx.to_device(frame)
    assert not cupy.cuda.get_current_stream().done
    del frame
    assert not side.told
    side.gpu.synchronize()
    assert bool((there == 5).all())


def test_arrays_over_slots_compute(side: Side, places: RunPlaces):
    import cupy

    memory = side.gpu._memory
    address, handle = memory.allocate(2 << 20)
    assert len(handle) == 64
    source = cupy.arange(120, dtype=cupy.float32).reshape(4, 30)
    memory.copy(source[:, ::2], address)
    found = memory.array(address, (4, 15), np.dtype("f4"), None)
    np.testing.assert_array_equal((found + 1).get(), np.arange(120, dtype="f4").reshape(4, 30)[:, ::2] + 1)
