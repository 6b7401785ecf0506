"""Dask's own tools on a running flow: they speak of the user's nodes and tasks."""

from __future__ import annotations

from distributed import Client

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import VoidConsumer
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD


def test_a_client_sees_the_tasks_and_so_does_the_report_about_the_run(tmp_path):
    frames = nodes.Frames(10**6, (8, 8), wait_s=0.01)
    sizes = FunctionProcessorNode(lambda frame: frame.size, name="sizes", nb_tasks=2)(frames)
    flow = Flow([frames], [VoidConsumer(name="end")(sizes)], BATCH, name="yard")
    flow.run(cluster=NO_DASHBOARD, performance_report=tmp_path / "report.html")
    try:
        with Client(flow.scheduler_address) as client:
            workers = {worker["name"] for worker in client.scheduler_info()["workers"].values()}
            tasks = {key.rsplit("-", 1)[0] for keys in client.processing().values() for key in keys}
    finally:
        flow.stop()
    assert workers == tasks == {"frames-0", "sizes-0", "sizes-1", "end-0"}
    report = (tmp_path / "report.html").read_text()
    assert "number of tasks: 4" in report
    for name in (*tasks, "flow yard"):
        assert name in report
