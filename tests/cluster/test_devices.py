"""Real workers with a pretended inventory: what each sees of GPUs and threads, before and after a kill."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import dask.config
import numpy as np
import pytest
from distributed import Client

from daskflow import BATCH, CPU, GPU, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.errors import AllocationError
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD, children


class Surroundings(ProcessorNode):
    """Tells what its process sees, and takes a moment for it, so that each task has its turn."""

    def open(self) -> None:
        import cv2  # only now: it reads the environment

        self._threads = cv2.getNumThreads()

    def process(self, value: int, ctx: Any) -> dict[str, Any]:
        time.sleep(0.05)
        names = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")
        return {
            "task": ctx.task_name,
            "incarnation": ctx.incarnation,
            "pid": os.getpid(),
            "device": (self.device, ctx.device),
            "opencv": self._threads,
            **{name: os.environ.get(name) for name in names},
        }


class NeedsGpu(ProcessorNode):
    devices = (GPU,)

    def process(self, value: int) -> int:
        return value


class MultipliesMatrices(ProcessorNode):
    def process(self, value: int) -> int:
        from threadpoolctl import threadpool_info

        _ = np.ones((50, 50)) @ np.ones((50, 50))
        return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def resources_of(flow: Flow) -> dict[str, dict[str, float]]:
    """Of each worker, by its name."""
    with Client(flow.scheduler_address, set_as_default=False) as client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        return {worker["name"]: dict(worker["resources"]) for worker in workers}


def wait_for(what: Any) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.filterwarnings("ignore:3 tasks of replicated nodes")
def test_a_gpu_worker_keeps_its_one_device_over_a_kill():
    source = IntProducer(fps=100)
    told = CollectConsumer()(Surroundings(3, GPU, name="net", cpu_threads=2)(source))
    flow = Flow([source], [told], BATCH)
    flow.run(cluster=NO_DASHBOARD, gpus=2)
    try:

        def seen(incarnation: int) -> dict[str, Any]:
            return {r["task"]: r for r in list(flow.results(told)) if r["incarnation"] == incarnation}

        wait_for(lambda: len(seen(0)) == 3)
        before, resources = seen(0), resources_of(flow)
        os.kill(before["net-1"]["pid"], signal.SIGKILL)
        wait_for(lambda: "net-1" in seen(1))
        after = seen(1)["net-1"]
        again = resources_of(flow)
    finally:
        flow.stop()
    assert [before[f"net-{i}"]["CUDA_VISIBLE_DEVICES"] for i in range(3)] == ["0", "1", ""]
    assert [before[f"net-{i}"]["device"] for i in range(3)] == [(GPU, GPU), (GPU, GPU), (CPU, CPU)]
    assert after["pid"] != before["net-1"]["pid"]
    same = ("CUDA_VISIBLE_DEVICES", "device", "OMP_NUM_THREADS", "opencv")
    assert [after[key] for key in same] == [before["net-1"][key] for key in same]
    assert (after["OMP_NUM_THREADS"], after["opencv"]) == ("2", 2)
    assert resources == again
    assert resources["net-1"] == {"task:net-1": 1.0, "GPU": 1.0}
    assert "GPU" not in resources["net-2"]


def test_nothing_is_started_where_a_node_is_left_without_its_gpu():
    source = IntProducer(0, 3)
    VoidConsumer()(NeedsGpu(2, GPU, name="net")(source))
    flow = Flow([source], [], BATCH)
    before = children()
    with dask.config.set({"daskflow.gpus": 1}), pytest.raises(AllocationError, match="1 of 1 taken by net"):
        flow.run(cluster=NO_DASHBOARD)
    with pytest.raises(ValueError, match="no GPU found"):
        flow.run(cluster=NO_DASHBOARD, gpus=0)
    assert children() == before
    flow.run(cluster=NO_DASHBOARD, gpus=["7", "GPU-8"])
    flow.join()
    assert flow.metrics()["net"].emitted == 4


@pytest.mark.parametrize("threads", [1, 3])
def test_libraries_that_were_loaded_before_the_fork_follow_the_plan_too(threads):
    source = IntProducer(0, 0)
    told = CollectConsumer()(MultipliesMatrices(cpu_threads=threads)(source))
    flow = Flow([source], [told], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    assert flow.results(told) == [threads]
