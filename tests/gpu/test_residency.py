"""Flows with two tasks on one real GPU: pixels stay there, errors and losses are named."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import dask.config
import numpy as np
import pytest

from daskflow import BATCH, GPU, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import NodeError, TaskLostError
from daskflow.ledger.slots import slot_owner
from daskflow.transport.places import RunPlaces
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD, nothing_is_left  # noqa: F401  for every test here
from tests.gpu.conftest import needs_gpu

pytestmark = [pytest.mark.gpu, needs_gpu]

COUNT = 60
SHAPE = (240, 320, 3)
PATIENCE_S = 60


class AddsOne(ProcessorNode):
    def process(self, frame: Any, ctx: Any) -> Any:
        ctx.metadata["pid"] = os.getpid()
        return ctx.to_device(frame) + np.uint8(1)


class Keeps(OneTaskProcessorNode):
    """Checks each frame again when five more have come, and says what it was given and who has files."""

    def open(self) -> None:
        self._kept: list[tuple[Any, Any]] = []

    def process(self, frame: Any, ctx: Any) -> Any:
        frame = ctx.to_device(frame)
        self._kept.append((frame, frame.copy()))
        if len(self._kept) > 5:
            old, copy = self._kept.pop(0)
            assert bool((old == copy).all())
        places = RunPlaces.of_run(ctx.run_id)
        owners = {slot_owner(slot)[0] for place in places.both for slot in places.slots_in(place)}
        kind = type(frame).__module__.partition(".")[0]
        return {"value": frame[0, 0, 0], "kind": kind, "owners": owners}


class Given(ProcessorNode):
    def process(self, frame: Any) -> str:
        return type(frame).__module__.partition(".")[0]


class Slow(ProcessorNode):
    def process(self, frame: Any, ctx: Any) -> int:
        time.sleep(0.05)
        return ctx.metadata["pid"]


class WritesBeyond(ProcessorNode):
    """Starts a kernel that fails, and returns before it does."""

    def process(self, frame: Any, ctx: Any) -> Any:
        import cupy

        kernel = cupy.RawKernel(
            'extern "C" __global__ void beyond(int* x) { *(x + (1L << 40)) = 1; }', "beyond"
        )
        array = ctx.to_device(frame)
        kernel((1,), (1,), (array,))
        return array


def run(first: Any, second: Any) -> tuple[Flow, Any]:
    source = nodes.Frames(COUNT, SHAPE)
    told = CollectConsumer()(second(first(source)))
    flow = Flow([source], [told], BATCH)
    flow.run(cluster=NO_DASHBOARD, gpus=1)
    return flow, told


def on_gpu(kind: Any, name: str) -> Any:
    return kind(device_type=GPU, name=name, gpu_share=0.4)


def test_pixels_stay_on_the_gpu_and_no_slot_is_made_for_them():
    flow, told = run(on_gpu(AddsOne, "first"), on_gpu(Keeps, "second"))
    flow.join()
    results = flow.results(told)
    assert [int(r["value"]) for r in results] == [i + 1 for i in range(COUNT)]
    assert {type(r["value"]) for r in results} == {np.ndarray}
    assert {r["kind"] for r in results} == {"cupy"}
    assert set().union(*(r["owners"] for r in results)) == {0}  # the source's alone
    assert flow.metrics()["first"].stored == COUNT


def test_a_reader_is_given_arrays_of_either_kind():
    flow, told = run(on_gpu(AddsOne, "first"), on_gpu(Given, "second"))
    flow.join()
    assert set(flow.results(told)) == {"cupy"}
    with dask.config.set({"daskflow.gpu-ipc": False}):
        flow, told = run(on_gpu(AddsOne, "first"), on_gpu(Given, "second"))
        flow.join()
    assert set(flow.results(told)) == {"numpy"}


def test_a_loss_of_results_in_gpu_memory_fails_the_run_with_its_reason():
    flow, told = run(on_gpu(AddsOne, "first"), on_gpu(Slow, "second"))
    deadline = time.monotonic() + PATIENCE_S
    while not flow.results(told):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(flow.results(told)[0], signal.SIGKILL)
    with pytest.raises(TaskLostError, match=r"daskflow\.gpu-ipc"):
        flow.join()


def test_a_kernel_that_fails_is_an_error_of_the_method_that_started_it():
    flow, _ = run(on_gpu(WritesBeyond, "first"), on_gpu(Given, "second"))
    with pytest.raises(NodeError, match=r"process\(\) of node 'first'") as caught:
        flow.join()
    assert caught.value.method == "process"
