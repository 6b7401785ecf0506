"""The report of a bench: table and JSON."""

from __future__ import annotations

import json

from daskflow.experiments.bench.machine import cpu_model, machine_facts
from daskflow.experiments.bench.report import BenchReport, Failure
from daskflow.experiments.bench.summary import record

REPORT = BenchReport(
    {"cpu_model": "Z80"},
    {"quick": True},
    (
        record("dicts-new", "daskflow", 0, "rate_per_s", 1000.0),
        record("dicts-new", "mp.Queue", 0, "rate_per_s", 2000.0),
        record("dicts-new", "mp.Pipe", 0, "rate_per_s", 4000.0),
        record("dicts-new", "daskflow", 1, "rate_per_s", 3000.0),
        record("dicts-new", "daskflow", 0, "exchanges_per_message", 1.5),
        record("1080p-new", "ring, copied", 0, "rate_per_s", 7.0),
        record("start-5", "daskflow", 0, "start_s", 0.8),
    ),
    (Failure("1080p-new", "daskflow", 0, "no room"),),
)


def test_the_table_is_in_the_order_of_the_workloads_with_a_row_per_baseline():
    assert REPORT.rows() == [
        ("1080p-new", "rate", "", "", "ring, copied", "7", "", "", "messages/s"),
        ("dicts-new", "rate", "2,000", "1,000–3,000", "mp.Queue", "2,000", "", "1.00", "messages/s"),
        ("", "", "", "", "mp.Pipe", "4,000", "", "0.50", "messages/s"),
        ("start-5", "start", "0.80", "", "", "", "", "", "s"),
    ]


def test_the_text_has_a_line_per_row_and_cuts_nothing():
    header, *lines = str(REPORT).splitlines()
    assert header.split()[:3] == ["workload", "metric", "daskflow"]
    assert len(lines) == 4
    assert "1,000–3,000" in lines[1]
    assert "…" not in str(REPORT)


def test_json_holds_every_figure(tmp_path):
    REPORT.save(tmp_path / "bench.json")
    content = json.loads((tmp_path / "bench.json").read_text())
    assert content == json.loads(REPORT.to_json())
    assert content["machine"] == {"cpu_model": "Z80"}
    assert len(content["records"]) == 7
    assert content["records"][4] == {
        "workload": "dicts-new", "system": "daskflow", "repeat": 0, "metric": "exchanges_per_message",
        "value": 1.5, "unit": "per message",
    }  # fmt: skip
    assert content["summary"][0]["median"] == 2000.0
    assert content["failures"] == [
        {"workload": "1080p-new", "system": "daskflow", "repeat": 0, "reason": "no room"}
    ]


def test_facts_can_be_written_and_name_what_matters():
    facts = json.loads(json.dumps(machine_facts()))
    assert {"cpu_model", "cores_usable", "memory_gb", "shared_memory_gb", "kernel", "python", "date"} <= set(
        facts
    )
    assert facts["cores_usable"] >= 1


def test_cpu_model_of_machines_that_name_it_and_that_do_not():
    assert cpu_model("processor : 0\nmodel name\t: Some CPU: fast\nmodel name : other\n") == "Some CPU: fast"
    assert cpu_model("processor : 0\nBogoMIPS : 1\n")
