"""A running flow, looked at from other processes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
from functools import partial

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.monitor.records import from_record
from daskflow.producers import IntProducer
from daskflow.transport.announcing import announced
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.nodes import Slow
from tests.cluster.programs import DASKFLOW


@pytest.fixture
def flow():
    numbers = IntProducer(0, None)
    flow = Flow(
        [numbers], [VoidConsumer(name="sink")(Slow(0.01, name="slow")(numbers))], BATCH, name="numbers"
    )
    flow.run(cluster=NO_DASHBOARD)
    yield flow
    flow.stop(drain=False)
    assert flow.run_id not in [announcement.run_id for announcement in announced()]


def told(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    return out


def until_drawn(screen: int, wanted: bytes) -> bytes:
    drawn = b""
    while wanted not in drawn:
        drawn += os.read(screen, 65536)
    return drawn


def test_it_is_found_with_and_without_its_address_and_watched_live(flow, start, capfd):
    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    top = partial(start, *DASKFLOW, "top")
    live = top("--every", "0.1", stdin=terminal, stdout=terminal, env=environment)
    found = top("--once")
    by_address = top(str(flow.scheduler_address), "--json")

    lines = told(found).splitlines()
    (head,) = [line for line in lines if f"run {flow.run_id[:8]}" in line]
    assert head.startswith("numbers  running")
    lines = lines[lines.index(head) :]  # flows of other tests may be there, too
    assert any(line[2:].startswith("slow ") for line in lines)
    pid = str(flow.metrics().tasks["slow-0"].pid)
    assert [line for line in lines if line.startswith("  slow-0 ") and pid in line]

    (record,) = told(by_address).splitlines()
    snapshot = from_record(json.loads(record))
    assert (snapshot.flow_name, snapshot.run_id) == ("numbers", flow.run_id)
    assert list(snapshot) == ["int_producer", "slow", "sink"]
    assert 0 < snapshot["slow"].received <= flow.metrics()["slow"].received

    drawn = until_drawn(keyboard, b"q ends") + until_drawn(keyboard, b"q ends")
    assert drawn.index(b"\x1b[?1049h") < drawn.index(b"numbers"), "on a screen of its own"
    os.write(keyboard, b"q")
    until_drawn(keyboard, b"\x1b[?1049l")
    os.close(terminal)
    with contextlib.suppress(OSError):  # that is how the end of a terminal reads
        until_drawn(keyboard, b"never")
    os.close(keyboard)
    assert live.wait(20) == 0

    flow.stop()
    flow.show()
    assert f"{flow.metrics()['sink'].received} messages, " in capfd.readouterr().err
