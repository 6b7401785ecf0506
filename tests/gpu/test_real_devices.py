"""A flow on a real GPU: the worker computes there, and its readers get what it made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, GPU, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD, nothing_is_left  # noqa: F401  for every test here
from tests.gpu.conftest import needs_gpu

pytestmark = [pytest.mark.gpu, needs_gpu]


class Negative(ProcessorNode):
    def process(self, frame: np.ndarray, ctx: Any) -> Any:
        array = ctx.to_device(frame)
        return {"negative": 255 - array, "devices": self.xp.cuda.runtime.getDeviceCount(), "on": self.device}


def test_a_result_on_the_gpu_reaches_readers_without_one():
    source = nodes.Frames(20, shape=(120, 160, 3))
    told = CollectConsumer()(Negative(1, GPU)(source))
    flow = Flow([source], [told], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    results = flow.results(told)
    assert [int(r["negative"][0, 0, 0]) for r in results] == [255 - i for i in range(20)]
    assert {(type(r["negative"]), r["devices"], r["on"]) for r in results} == {(np.ndarray, 1, GPU)}
