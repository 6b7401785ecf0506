"""The bench on real flows: that it measures, not what it finds. Frames go through it on its page."""

from __future__ import annotations

import json

from daskflow.experiments.bench import run_bench
from tests.cluster.programs import DASKFLOW


def test_what_a_flow_costs_besides_time():
    report = run_bench(quick=True, workloads=["cpu-loaded", "start-5"], repeats=1, seconds=1.0)
    assert report.failures == ()
    found = {(s.workload, s.system, s.metric): s.median for s in report.summaries}
    cpu_us = found["cpu-loaded", "daskflow", "cpu_us_per_hop"]
    assert 0 < found["cpu-loaded", "daskflow", "caller_cpu_us_per_hop"] < cpu_us
    assert found["start-5", "daskflow", "start_s"] > 0
    assert found["start-5", "daskflow", "end_s"] > 0


def test_the_command_shows_a_table_and_writes_the_figures(start, tmp_path):
    process = start(
        *DASKFLOW, "bench", "--quick", "--workload", "dicts-same", "--repeats", "1", "--json", "bench.json"
    )
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert "dicts-same rate" in out
    assert err.splitlines() == [
        "dicts-same: daskflow", "dicts-same: mp.Queue", "dicts-same: mp.Pipe",
    ]  # fmt: skip
    content = json.loads((tmp_path / "bench.json").read_text())
    assert {record["system"] for record in content["records"]} == {"daskflow", "mp.Queue", "mp.Pipe"}
    assert content["failures"] == []
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
