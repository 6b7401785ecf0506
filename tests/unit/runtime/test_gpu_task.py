"""Flows over tasks with a GPU in NumPy: threads in place of processes, a real ledger between them."""

from __future__ import annotations

import pickle
import sys
import threading
import weakref
from collections import deque
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, GPU, BatchProcessorNode, ConsumerNode, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.cluster.compiling import compile_run
from daskflow.errors import NodeError
from daskflow.ledger import Ledger
from daskflow.plan import Gpu, Inventory, build_plan
from daskflow.processors.vision import AbsoluteDifference, filters
from daskflow.runtime.failure import error_from_bytes
from daskflow.runtime.gpu import HeldReleases, TaskGpu, cupy_memory
from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.task import Task
from daskflow.transport.carrier import SocketCarrier
from daskflow.transport.descriptor import slots_of
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.places import RunPlaces
from daskflow.transport.service import LedgerService
from daskflow.transport.slots import SlotPool
from daskflow.transport.unix_server import UnixServer
from daskflow.transport.views import SlotViews
from tests.cluster.nodes import Frames
from tests.unit.transport.around import Around
from tests.unit.transport.device_double import DeviceArray, FakeDevice, FakeMemory

PATIENCE_S = 60
SHAPE = (80, 100, 3)
COUNT = 40

seen: deque[Any] = deque()
"""What the nodes here saw."""


class Process(threading.local):
    """What belongs to the process of a task."""

    memory: FakeMemory | None = None


process = Process()


def asarray(array: Any) -> DeviceArray:
    if isinstance(array, DeviceArray):
        assert array.memory is process.memory, "an array of another process"
        return array
    assert process.memory is not None
    return process.memory.put(array)


class AddsOne(ProcessorNode):
    """Adds one on the device, and lets go of its input while that is queued."""

    def process(self, frame: Any, ctx: Any) -> Any:
        seen.append((self._name, type(frame)))
        result = ctx.to_device(np.zeros(SHAPE, np.uint8))
        source = ctx.to_device(frame)
        array = source.array
        result.memory.queue.append(lambda: np.add(array, 1, out=result.array))
        return result


class Passes(ProcessorNode):
    def process(self, frame: Any) -> Any:
        seen.append((self._name, type(frame)))
        return frame


class First(ProcessorNode):
    def process(self, both: Any) -> Any:
        return both[0]


class Keeps(OneTaskProcessorNode):
    """Looks at each frame again when two more have come."""

    def open(self) -> None:
        self._kept: list[Any] = []

    def process(self, frame: Any) -> Any:
        self._kept.append(frame)
        return self._kept.pop(0) if len(self._kept) > 2 else frame


class Together(BatchProcessorNode):
    """Adds one to each, and lets go of its inputs; not where the one with a 5 is among others."""

    def process_batch(self, frames: list[Any], ctx: Any) -> list[Any]:
        seen.append((self._name, len(frames)))
        if len(frames) > 1 and any((frame.array == 5).all() for frame in frames):
            raise ValueError("one of them is a five")
        inputs = [weakref.ref(frame) for frame in frames]
        return [(ctx.to_device(frame.array + 1), CountsThose(inputs)) for frame in frames]


class CountsThose:
    """Notes, when it is sent, how many of some objects are there."""

    def __init__(self, references: list[Any]) -> None:
        self._references = references

    def __reduce__(self) -> Any:
        seen.append(("held", sum(each() is not None for each in self._references)))
        return str, ()


class Fails(ProcessorNode):
    def process(self, frame: Any, ctx: Any) -> Any:
        def fail() -> None:
            raise RuntimeError("an illegal memory access was encountered")

        result = ctx.to_device(frame)
        result.memory.queue.append(fail)
        return result


class Notes(ConsumerNode):
    def consume(self, frame: Any) -> None:
        assert type(frame) is np.ndarray
        assert (frame == frame.flat[0]).all()
        seen.append(int(frame.flat[0]))


class Rig:
    """Runs a flow's tasks in threads."""

    def __init__(self, places: RunPlaces) -> None:
        self.places = places
        self.device = FakeDevice()
        self.memories: list[FakeMemory] = []
        self.has_cupy = True

    def run(self, source: Any, *, gpu_ipc: bool = True) -> Ledger:
        flow = Flow([source], [], BATCH, queue_size=2)
        inventory = Inventory(64, (Gpu("0"),), gpu_ipc)
        options = flow.options()
        plan = build_plan(flow._graph, inventory, options, flow_name="flow", flow_type=BATCH)
        compiled = compile_run(plan, flow.nodes, "a run", self.places, options)
        ledger = Ledger(compiled.topology)
        over = threading.Event()
        service = LedgerService(ledger, Around(over.set))
        thread = LedgerThread(service)
        thread.start()
        server = UnixServer(thread)
        thread.call(server.start, self.places.socket)
        tasks = [threading.Thread(target=self._task, args=(spec,), daemon=True) for spec in compiled.tasks]
        for task in tasks:
            task.start()
        try:
            assert over.wait(PATIENCE_S)
            for task in tasks:
                task.join(PATIENCE_S)
        finally:
            thread.call(server.close)
            thread.close()
        return ledger

    def _task(self, spec: Any) -> None:
        carrier = SocketCarrier.at(self.places.socket)
        Task(spec, pickle.loads(spec.node), carrier, device_memory=self._memory).run()
        carrier.close()

    def _memory(self) -> FakeMemory | None:
        if not self.has_cupy:
            return None
        memory = process.memory = FakeMemory(self.device)
        self.memories.append(memory)
        return memory


@pytest.fixture
def rig(tmp_path, monkeypatch) -> Rig:
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(asarray=asarray))
    places = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    places.create()
    seen.clear()
    return Rig(places)


def on_gpu(kind: type, name: str, **options: Any) -> Any:
    return kind(device_type=GPU, name=name, gpu_share=0.2, **options)


def numbers() -> list[int]:
    return [item for item in seen if isinstance(item, int)]


def kinds(name: str) -> set[Any]:
    return {item[1] for item in seen if isinstance(item, tuple) and item[0] == name}


def files_of(rig: Rig, task: int) -> list[int]:
    return [slot for place in rig.places.both for slot in rig.places.slots_in(place) if slot >> 40 == task]


def test_pixels_stay_on_the_device_between_two_tasks_and_come_back_for_the_third(rig):
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(AddsOne, "b")(on_gpu(AddsOne, "a")(source)))
    ledger = rig.run(source)
    assert ledger.failure is None
    assert numbers() == [i + 2 for i in range(COUNT)]
    assert (kinds("a"), kinds("b")) == ({np.ndarray}, {DeviceArray})
    assert [bool(files_of(rig, task)) for task in range(3)] == [True, False, True]
    assert 1 <= len(rig.device.blocks) < 12  # recycled
    assert ledger.slots_in_use == 0
    assert [(memory.pinned, 1 <= memory.pins < 12) for memory in rig.memories] == [({}, True)] * 2


def test_not_where_the_user_says_so(rig):
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(AddsOne, "b")(on_gpu(AddsOne, "a")(source)))
    rig.run(source, gpu_ipc=False)
    assert numbers() == [i + 2 for i in range(COUNT)]
    assert kinds("b") == {np.ndarray}
    assert rig.device.blocks == {}


def test_replicas_and_a_node_that_passes_its_input_on(rig):
    source = Frames(COUNT, SHAPE)
    last = on_gpu(AddsOne, "c")(on_gpu(Passes, "b", nb_tasks=2)(on_gpu(AddsOne, "a")(source)))
    Notes()(last)
    ledger = rig.run(source)
    assert numbers() == [i + 2 for i in range(COUNT)]
    assert ledger.nodes[2].counters.forwards == COUNT
    assert ledger.slots_in_use == 0


def test_a_batch_lets_go_of_its_inputs_before_the_first_result_is_told(rig):
    source = Frames(COUNT, SHAPE)
    node = on_gpu(Together, "b", batch_size=4, max_wait_s=0.05)
    Notes()(on_gpu(First, "c")(node(on_gpu(AddsOne, "a")(source))))
    ledger = rig.run(source)
    assert ledger.failure is None
    assert numbers() == [i + 2 for i in range(COUNT)]
    assert max(kinds("b")) == 4
    assert kinds("held") == {0}
    assert ledger.slots_in_use == 0


def test_frames_that_a_node_keeps_do_not_change(rig):
    source = Frames(COUNT, SHAPE)
    Notes()(
        on_gpu(AddsOne, "b")(Keeps(device_type=GPU, name="k", gpu_share=0.2)(on_gpu(AddsOne, "a")(source)))
    )
    rig.run(source)
    assert numbers() == [2, 3, *[i + 2 for i in range(COUNT - 2)]]


def test_private_copies_for_a_node_that_writes(rig):
    class Paints(AddsOne):
        writable_inputs = True

        def process(self, frame: Any, ctx: Any) -> Any:
            frame.array[:] = 77
            return super().process(frame, ctx=ctx)

    source = Frames(COUNT, SHAPE)
    a = on_gpu(AddsOne, "a")(source)
    Notes()(on_gpu(Paints, "b")(a))
    Notes()(on_gpu(AddsOne, "c")(a))
    rig.run(source)
    assert sorted(numbers()) == sorted([78] * COUNT + [i + 2 for i in range(COUNT)])


def test_without_room_on_the_device_the_flow_goes_on(rig, caplog):
    rig.device.room_bytes = 3 << 20
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(Keeps, "k")(on_gpu(AddsOne, "a")(source)))
    ledger = rig.run(source)
    assert ledger.failure is None
    assert numbers() == [1, 2, *[i + 1 for i in range(COUNT - 2)]]
    assert caplog.text.count("task a-0: no room for") == 1


def test_without_cupy_a_node_with_a_gpu_works_on_the_host(rig):
    rig.has_cupy = False
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(Passes, "b")(on_gpu(Passes, "a")(source)))
    ledger = rig.run(source)
    assert ledger.failure is None
    assert numbers() == list(range(COUNT))


def test_what_goes_wrong_on_the_device_is_an_error_of_the_method(rig):
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(Fails, "f")(source))
    error = error_from_bytes(rig.run(source).failure)
    assert isinstance(error, NodeError)
    assert (error.method, error.sequence_number) == ("process", 0)
    assert "illegal memory access" in str(error)


def test_memory_that_cannot_be_shared_is_an_error_that_says_how_to_do_without(rig, monkeypatch):
    monkeypatch.setattr(
        FakeMemory, "open", lambda self, handle: (_ for _ in ()).throw(RuntimeError("invalid"))
    )
    source = Frames(COUNT, SHAPE)
    Notes()(on_gpu(AddsOne, "b")(on_gpu(AddsOne, "a")(source)))
    error = error_from_bytes(rig.run(source).failure)
    for words in ("node 'b'", "results of task a-0", "daskflow.gpu-ipc"):
        assert words in str(error)


def test_nodes_of_the_library_take_frames_on_either_side(rig, monkeypatch):
    def difference(xp: Any, one: DeviceArray, other: DeviceArray) -> Any:
        return one.memory.put(np.abs(one.get().astype(int) - other.get()).astype(np.uint8))

    monkeypatch.setattr(filters, "difference", difference)
    source = Frames(COUNT, SHAPE)
    once = on_gpu(AddsOne, "a")(source)
    Notes()(on_gpu(AbsoluteDifference, "d")(source, on_gpu(AddsOne, "b")(once)))
    assert rig.run(source).failure is None
    assert numbers() == [2] * COUNT


@pytest.mark.parametrize("is_on_device", [True, False])
def test_a_slot_is_held_until_the_device_has_read_it(tmp_path, is_on_device):
    places = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    places.create()
    device = FakeDevice()

    told: list[deque[int]] = []  # what may be said to the ledger, of each

    def side(task: int) -> tuple[FakeMemory, TaskGpu, SlotViews]:
        memory, views, pool = FakeMemory(device), SlotViews(places), SlotPool(task << 40, places)
        told.append(views.released)
        spec = TaskSpec(
            "f", "r", task, "n", f"n-{task}", 0, 1, True, 0, places, device=GPU, keeps_on_gpu=True
        )
        return memory, TaskGpu(memory, spec, 0, pool, views, PayloadWriter(pool, views), np.empty), views

    theirs, writer, _ = side(0)
    memory, gpu, views = side(1)
    frame = np.zeros(SHAPE, np.uint8)
    descriptor = writer.encode([theirs.put(frame) if is_on_device else frame])
    (array,) = gpu.decode(descriptor, views)
    assert (type(array) is DeviceArray) == is_on_device
    read: list[Any] = []
    memory.queue.append(lambda: read.append(1))
    del array
    assert not told[1]
    gpu.pass_on_releases()
    assert (read, list(told[1])) == ([1], list(slots_of(descriptor)))


class TestHeldReleases:
    def test_a_slot_is_told_after_the_device_was_waited_for(self) -> None:
        told: deque[int] = deque()
        waits: list[int] = []
        releases = HeldReleases(told, lambda: waits.append(len(told)))
        releases.held.extend([5, 6])
        releases.pass_on()
        assert (list(told), waits) == ([5, 6], [0])

    def test_with_nothing_held_nobody_waits(self) -> None:
        waits: list[int] = []
        HeldReleases(deque(), lambda: waits.append(1)).pass_on()
        assert waits == []

    def test_what_comes_while_it_waits_is_for_the_next_time(self) -> None:
        told: deque[int] = deque()
        releases = HeldReleases(told, lambda: releases.held.append(9))
        releases.held.append(5)
        releases.pass_on()
        assert list(told) == [5]
        assert list(releases.held) == [9]


class TestCupyMemory:
    def test_without_cupy_there_is_none(self, monkeypatch, caplog) -> None:
        monkeypatch.setitem(sys.modules, "cupy", None)
        assert cupy_memory() is None
        assert not caplog.records

    def test_where_cupy_cannot_use_the_gpu_the_log_says_so(self, monkeypatch, caplog) -> None:
        def count() -> int:
            raise RuntimeError("the driver is too old")

        cupy = SimpleNamespace(cuda=SimpleNamespace(runtime=SimpleNamespace(getDeviceCount=count)))
        monkeypatch.setitem(sys.modules, "cupy", cupy)
        assert cupy_memory() is None
        assert "the driver is too old" in caplog.text
