"""A running flow, looked at from other processes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.monitor.records import from_record
from daskflow.producers import IntProducer
from daskflow.transport.announcing import announced
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.nodes import Slow

TOP = [sys.executable, "-c", "from daskflow.cli import main; main(prog_name='daskflow')", "top"]


@pytest.fixture
def flow():
    numbers = IntProducer(0, None)
    flow = Flow(
        [numbers], [VoidConsumer(name="sink")(Slow(0.01, name="slow")(numbers))], BATCH, name="numbers"
    )
    flow.run(cluster=NO_DASHBOARD)
    yield flow
    flow.stop(drain=False)
    assert announced() == []


def told(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    return out


def until_drawn(screen: int, wanted: str) -> str:
    drawn = b""
    while wanted.encode() not in drawn:
        drawn += os.read(screen, 65536)
    return drawn.decode()


def test_it_is_found_with_and_without_its_address_and_watched_live(flow):
    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    live = subprocess.Popen([*TOP, "--every", "0.1"], stdin=terminal, stdout=terminal, env=environment)
    os.close(terminal)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    found = subprocess.Popen([*TOP, "--once"], **pipes)
    by_address = subprocess.Popen([*TOP, str(flow.scheduler_address), "--json"], **pipes)

    lines = told(found).splitlines()
    (head,) = [line for line in lines if line.startswith("numbers")]
    assert "running" in head
    assert f"run {flow.run_id[:8]}" in head
    assert [line.split()[0] for line in lines if line.startswith("  slow")][:1] == ["slow"]
    assert any(
        line.startswith("  slow-0 ") and str(flow.metrics().tasks["slow-0"].pid) in line for line in lines
    )

    (record,) = told(by_address).splitlines()
    snapshot = from_record(json.loads(record))
    assert (snapshot.flow_name, snapshot.run_id, list(snapshot)) == (
        "numbers", flow.run_id, ["int_producer", "slow", "sink"]
    )  # fmt: skip
    assert 0 < snapshot["slow"].received <= flow.metrics()["slow"].received

    drawn = until_drawn(keyboard, "numbers") + until_drawn(keyboard, "\x1b[H")  # and once more
    assert "\x1b[?1049h" in drawn, "on a screen of its own"
    os.write(keyboard, b"q")
    threading.Thread(target=live.wait, daemon=True).start()
    assert "\x1b[?1049l" in until_drawn(keyboard, "\x1b[?1049l")
    assert live.wait(20) == 0
    os.close(keyboard)
