"""Who may look at pictures of a run: each task is told."""

from __future__ import annotations

import pytest

from daskflow import BATCH, Flow
from daskflow.cluster.compiling import compile_run
from daskflow.consumers import CollectConsumer
from daskflow.producers import IntProducer
from daskflow.transport.places import RunPlaces


@pytest.mark.parametrize("preview", [True, False])
def test_each_task_is_told(preview: bool) -> None:
    source = IntProducer(3)
    flow = Flow([source], [CollectConsumer()(source)], BATCH)
    options = flow.options(preview=preview)
    compiled = compile_run(flow.plan(), flow.nodes, "run", RunPlaces.of_run("run"), options)
    assert [spec.preview for spec in compiled.tasks] == [preview, preview]
    assert not compiled.deliveries[0][0].preview
