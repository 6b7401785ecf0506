"""Pages about runs: their flows have processes of their own, and as little to do as will show it."""

from __future__ import annotations

import re
import sys
import urllib.request
from pathlib import Path

import distributed
import numpy as np

from daskflow import BATCH, REALTIME, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from daskflow.testing import Given
from tests.cluster.documented.pasting import Pasting
from tests.cluster.documented.props import COUNT, chain, cluster_of_threads, frames_in
from tests.unit.experiments.trials import WORKERS, everything, folder_of, trials
from tests.unit.media import PEDESTRIANS

IN_THREADS = "dashboard_address=None, worker_dashboard_address=None, processes=False, protocol='tcp'"
"""For a LocalCluster that a page starts; in processes of its own it would be slower to start."""


def readme(page: Pasting) -> None:
    page.paste()
    assert re.search(rf"^videofile_writer +1 +{COUNT}$", page.printed(), re.M)
    assert frames_in("mirrored.mp4") == COUNT


def benchmarks(page: Pasting) -> None:
    page.paste({"repeats=3": "repeats=1, seconds=0.2"})
    report = page["report"]
    assert report.failures == ()
    found = {(s.system, s.metric): s.median for s in report.summaries}
    assert found["daskflow", "rate_per_s"] > 0
    assert found["ring, copied", "rate_per_s"] > 0
    assert found["daskflow", "copies_per_message"] == 2.0  # by the producer, and of the new frame
    assert found["daskflow", "exchanges_per_message"] > 0
    assert Path("bench.json").exists()


def clusters(page: Pasting) -> None:
    page.give(flow=chain("stage"))
    with cluster_of_threads(3) as address:
        page.paste({"tcp://10.0.0.1:8786": address})
    page.paste()


def dashboard(page: Pasting) -> None:
    page.paste({"flow.join()": "", "run()": "run(cluster={'dashboard_address': ':0'})"})
    assert page["flow"].dashboard_link in page.printed()
    page["flow"].stop()
    page.paste({"127.0.0.1:8790": "127.0.0.1:0"})
    try:
        link = page["cluster"].dashboard_link
        assert link in page.printed()
        with urllib.request.urlopen(link.replace("status", "daskflow")) as answer:
            assert answer.status == 200
    finally:
        distributed.default_client().close()
        page["cluster"].close()


def experiments(page: Pasting) -> None:
    fewer = {"[1, 2, 4]": "[1, 2]", "[2, 8]": "[8]", "[50, 100]": "[100]", "[1, 2]": "[1]"}
    shorter = {
        "repeats=3": "repeats=1",
        "warmup_messages=100": "warmup_messages=5",
        "duration_s=5": "duration_s=0.2",
        '    folder="results",\n': "",  # where there would be a report with plots
    }
    page.paste({**fewer, **shorter})
    assert "stage.nb_tasks" in page.printed()
    page.paste({"[1, 2]}": "[2]}, repeats=1"})
    result = page["compare_detectors"](lambda: chain("detector"))
    assert [record["status"] for record in result.records] == ["ok"]
    assert result.records[0]["detector_p50_s"] is not None


def hosts(page: Pasting) -> None:
    page.paste_all()
    page["plan"](chain("stage"))
    assert page.printed().strip().isdigit()


def how_to(page: Pasting) -> None:
    with page.simulated():
        page.paste_until("sweep(")
    page.paste({"warmup_messages=10": "warmup_messages=10, repeats=1"})
    with page.simulated():
        page.paste_until("LocalCluster(")
    page.paste({"dashboard_address=None": IN_THREADS})
    page.paste_until("simulate(")
    page.paste_all()


def logs_and_reports(page: Pasting) -> None:
    page.paste_all({"sleep(60)": "sleep(0.1)"})
    dark = Given([np.zeros((4, 4), np.uint8)])
    flow = Flow([dark], [VoidConsumer()(page["Detector"](name="detector")(dark))], BATCH)
    page.patch.setenv("OTEL_TRACES_EXPORTER", "console")
    page["run_traced"](flow)
    page["print_mishaps"](flow)
    assert page.printed() == "detector-0 0 the picture is dark\n"
    flow = chain("stage", count=100_000, fps=50).run()
    page["print_workers"](flow)
    assert "stage-0 tcp://127.0.0.1:" in page.printed()
    page["report_on_a_minute"](flow)
    flow.stop()
    assert Path("report.html").stat().st_size


def reading_experiments(page: Pasting) -> None:
    for name in ("results", "before", "after"):
        folder_of(Path(name), trials(WORKERS, everything))
    page.paste_all()
    assert Path("results/report.html").exists()
    assert "USL" in page.printed()


def scale(page: Pasting) -> None:
    page.paste_all({"duration_s=60,\n    )": "duration_s=1)"})
    page["forecast"](cameras_on_hosts())
    with cluster_of_threads(3) as address:
        for flow in page["start_all"]([address], ["a"], lambda cameras: chain("stage")):
            flow.join()


def cameras_on_hosts() -> Flow:
    cameras = [IntProducer(name=f"camera-{i}") for i in range(2)]
    detectors = [IdentityProcessor(name=f"detector-{i}")(camera) for i, camera in enumerate(cameras)]
    return Flow(cameras, [VoidConsumer()(detector) for detector in detectors], REALTIME)


def scaling(page: Pasting) -> None:
    page.give(flow=chain("detector", count=100_000, fps=50))
    for _ in range(2):
        page.paste()
        page["flow"].stop()


def sources(page: Pasting) -> None:
    page.give(films=PEDESTRIANS.parent)  # the page reads a part of it
    with page.simulated():
        page.paste()
    assert page.printed().count("Detections(") == 20
    page.paste({"flow.join()": ""})
    address = page["flow"].scheduler_address
    assert address in page.printed()
    page.patch.setattr(sys, "argv", ["puts.py", address])
    page.paste({"range(100)": "range(3)"})
    page["flow"].join()
    assert 1 <= frames_in("from-elsewhere.mp4") <= 3


STAGES = {
    "README.md": readme,
    "docs/benchmarks.md": benchmarks,
    "docs/clusters.md": clusters,
    "docs/dashboard.md": dashboard,
    "docs/experiments.md": experiments,
    "docs/hosts.md": hosts,
    "docs/how-to.md": how_to,
    "docs/logs-and-reports.md": logs_and_reports,
    "docs/reading-experiments.md": reading_experiments,
    "docs/scale.md": scale,
    "docs/scaling.md": scaling,
    "docs/sources.md": sources,
}
