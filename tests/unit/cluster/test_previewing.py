"""Who may look at pictures of a run: the flow and Dask's configuration must both agree."""

from __future__ import annotations

import dask.config
import pytest

from daskflow import BATCH, Flow
from daskflow.cluster.previewing import may_preview
from daskflow.cluster.topology import compile_run
from daskflow.consumers import CollectConsumer
from daskflow.producers import IntProducer
from daskflow.transport.places import RunPlaces


def test_either_may_switch_it_off() -> None:
    assert may_preview(True)
    assert not may_preview(False)
    for said in (True, False):
        with dask.config.set({"daskflow.preview": said}):
            assert may_preview(True) is said
            assert not may_preview(False)


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with (
        dask.config.set({"daskflow.preview": "off"}),
        pytest.raises(ValueError, match=r"daskflow\.preview .*'off'"),
    ):
        may_preview(True)
    with pytest.raises(TypeError, match="preview is True or False, got 0"):
        may_preview(0)  # type: ignore[arg-type]


@pytest.mark.parametrize("preview", [True, False])
def test_each_task_is_told(preview: bool) -> None:
    source = IntProducer(3)
    flow = Flow([source], [CollectConsumer()(source)], BATCH)
    compiled = compile_run(flow.plan(), flow.nodes, "run", RunPlaces.of_run("run"), preview=preview)
    assert [spec.preview for spec in compiled.tasks] == [preview, preview]
    assert not compiled.deliveries[0][0].preview
