"""Tasks on workers that differ: with GPUs that are only said to be there, with tags, with several threads."""

from __future__ import annotations

import os
from collections.abc import Iterator

import dask.config
import pytest
from click.testing import CliRunner
from distributed import Client, Nanny, Scheduler, SpecCluster, get_worker

from daskflow import BATCH, GPU, Flow, ProcessorNode
from daskflow.cli import main
from daskflow.consumers import CollectConsumer
from daskflow.errors import AllocationError, PlacementError
from daskflow.producers import IntProducer
from tests.existing.clusters import FORKED

WORKERS = {
    "gpu-0": {"nthreads": 1, "resources": {"GPU": 1}},
    "gpu-1": {"nthreads": 1, "resources": {"GPU": 1}},
    "cam": {"nthreads": 1, "resources": {"camera-host": 1}},
    "both": {"nthreads": 2},
}


class Whereabouts(ProcessorNode):
    """Says where it is, and what it finds there."""

    def process(self, *inputs: object) -> tuple[object, ...]:
        return (*inputs, get_worker().name, self.device, os.environ.get("COLOUR"))


class GpuOnly(Whereabouts):
    devices = ("gpu",)


@pytest.fixture(scope="module")
def unlike() -> Iterator[SpecCluster]:
    spec = {
        name: {"cls": Nanny, "options": {**options, "dashboard_address": None, "silence_logs": 50}}
        for name, options in WORKERS.items()
    }
    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "dashboard_address": ":0"}}
    with (
        dask.config.set(FORKED),
        SpecCluster(workers=spec, scheduler=scheduler, silence_logs=50) as opened,
        Client(opened, set_as_default=False) as client,
    ):
        client.wait_for_workers(len(spec), timeout=60)
        yield opened


def yard(node: type[ProcessorNode] = Whereabouts) -> tuple[Flow, CollectConsumer]:
    camera = IntProducer(0, 39, name="camera", resources={"camera-host": 1})
    net = node(2, GPU, name="net", env={"COLOUR": "blue"})(camera)
    after = Whereabouts(name="after", workers="both")(net)
    out = CollectConsumer(name="out")(after)
    return Flow([camera], [out], BATCH, name="yard"), out


def test_tasks_are_where_what_they_need_is(unlike):
    flow, out = yard()
    flow.run(cluster=unlike, tasks_per_worker=2)
    flow.join()
    results = flow.results(out)
    assert [found[0][0] for found in results] == list(range(40))
    assert {found[0][1:] for found in results} <= {("gpu-0", "gpu", "blue"), ("gpu-1", "gpu", "blue")}
    assert {found[1:] for found in results} == {("both", "cpu", None)}
    with Client(unlike, set_as_default=False) as client:
        assert set(client.run(os.environ.get, "COLOUR").values()) == {None}


def test_a_plan_says_it_before_and_so_does_explain(unlike, tmp_path):
    plan = yard()[0].plan(cluster=unlike, tasks_per_worker=2)
    assert plan.placement is not None
    on = {row[0]: row[2] for row in plan.placement.rows()}
    assert (on["camera-0"], on["after-0"], on["out-0"]) == ("cam", "both", "both")
    assert {on["net-0"], on["net-1"]} == {"gpu-0", "gpu-1"}
    assert "5 tasks on 4 workers of 1 host; nothing over the network" in str(plan)
    assert "5 tasks on 4 workers" in plan._repr_html_()
    (tmp_path / "yard.py").write_text("from tests.existing.test_placement import yard\nflow, _ = yard()\n")
    options = [str(tmp_path / "yard.py"), "--cluster", unlike.scheduler_address, "--tasks-per-worker"]
    said = CliRunner().invoke(main, ["explain", *options, "2"])
    assert plan.placement.table() in said.stdout
    assert "has enough for it now: 5 tasks on" in CliRunner().invoke(main, ["workers", *options, "2"]).stdout
    refused = CliRunner().invoke(main, ["explain", *options, "1"])
    assert refused.exit_code == 1
    assert "With tasks_per_worker=2 the workers that are there are enough." in refused.stderr


def test_what_is_missing_is_said_with_how_to_get_it(unlike):
    address = unlike.scheduler_address
    flow, _ = yard()
    with pytest.raises(PlacementError) as caught:
        flow.run(cluster=address, tasks_per_worker=2, overrides={"camera": {"resources": {"camera": 1}}})
    assert "camera  1 of 1    camera=1    none of 4 has that" in str(caught.value)
    assert f'    dask worker {address} --nworkers 1 --nthreads 1 --resources "camera=1"' in str(caught.value)
    flow, _ = yard(GpuOnly)
    with pytest.raises(AllocationError) as without:
        flow.run(cluster=address, tasks_per_worker=2, overrides={"net": {"nb_tasks": 3}})
    assert "2 of 2 taken by net" in str(without.value)
    assert str(without.value).endswith(
        f'    dask worker {address} --nworkers 1 --nthreads 1 --resources "GPU=1"'
    )
    assert not flow.is_running
