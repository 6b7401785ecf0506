"""Flows in scripts, as users write them: no main guard, Ctrl-C, no join, a killed main program."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.cluster.conftest import places
from tests.cluster.programs import Start, read_until

COUNTS_FOR_EVER = """
import sys
from daskflow import BATCH, ConsumerNode, Flow, ProcessorNode
from daskflow.producers import IntProducer

print("the main script runs", flush=True)

class Double(ProcessorNode):
    def open(self):
        import os, pathlib
        pathlib.Path("double.pid").write_text(str(os.getpid()))

    def process(self, value):
        return 2 * value

class Printer(ConsumerNode):
    def consume(self, value):
        print("got", value, flush=True)

    def close(self):
        print("closed", flush=True)

numbers = IntProducer(0, {end}, 0.01)
flow = Flow([numbers], [Printer()(Double(name="double")(numbers))], BATCH)
flow.run(cluster={{"dashboard_address": None}})
"""


@pytest.fixture
def script(start: Start, tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Starts a program of this text."""

    def script(text: str) -> subprocess.Popen[str]:
        (tmp_path / "script.py").write_text(text)
        return start("script.py")

    return script


def test_no_main_guard_is_needed_and_no_process_is_left_after_the_last_flow(script):
    look = "import psutil\nprint([child.name() for child in psutil.Process().children(recursive=True)])\n"
    process = script(COUNTS_FOR_EVER.format(end=5) + "flow.join()\nprint('joined')\n" + look)
    out, err = process.communicate(timeout=60)
    assert out.splitlines() == [
        "the main script runs", *[f"got {2 * i}" for i in range(6)], "closed", "joined", "[]",
    ]  # fmt: skip
    assert process.returncode == 0
    assert err == ""


def test_a_restarted_worker_does_not_run_the_main_script_either(script, tmp_path):
    process = script(COUNTS_FOR_EVER.format(end=150) + "flow.join()\n")
    lines = read_until(process.stdout, "got 40")
    os.kill(int((tmp_path / "double.pid").read_text()), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    lines += out.split("\n")[:-1]
    assert lines == ["the main script runs", *[f"got {2 * i}" for i in range(151)], "closed"], err


def test_ctrl_c_drains(script):
    process = script(COUNTS_FOR_EVER.format(end=None) + "flow.join()\nprint('joined')\n")
    read_until(process.stdout, "got 20")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert "closed" in out
    assert out.rstrip().endswith("joined")
    assert "Traceback" not in err
    assert process.returncode == 0


def test_a_second_ctrl_c_ends_at_once(script):
    slow = COUNTS_FOR_EVER.replace("return 2 * value", "import time; time.sleep(2.0); return value")
    process = script(slow.replace("BATCH)", "BATCH, queue_size=30)").format(end=None) + "flow.join()\n")
    read_until(process.stdout, "got 0")
    process.send_signal(signal.SIGINT)
    process.stderr.readline()
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)  # to finish what is under way takes longer
    assert process.returncode != 0


@pytest.mark.parametrize("delay_s", [0.1, 0.5, 1.0])
def test_ctrl_c_while_the_flow_starts(script, delay_s):
    before = places()
    process = script("print('begin', flush=True)\n" + COUNTS_FOR_EVER.format(end=None) + "flow.join()\n")
    read_until(process.stdout, "the main script runs")
    time.sleep(delay_s)  # any moment of the start must do
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert places() <= before


def test_results_arrive_in_a_program_without_output(script, tmp_path):
    text = COUNTS_FOR_EVER.format(end=5).replace("Printer()", "CollectConsumer()")
    process = script(
        "from daskflow.consumers import CollectConsumer\n"
        + text.replace("\nflow.run", "\nsys.stdout.close(); sys.stdout = None\nflow.run")
        + "flow.join(); open('done', 'w').write(str(flow.nodes[-1].results))\n"
    )
    _, err = process.communicate(timeout=30)
    assert (tmp_path / "done").read_text() == "[0, 2, 4, 6, 8, 10]", err


def test_a_program_that_ends_without_join_ends_its_flow(script):
    before = places()
    process = script(COUNTS_FOR_EVER.format(end=None) + "import time; time.sleep(0.5)\n")
    _, err = process.communicate(timeout=30)
    assert "flow.join()" in err
    assert "Traceback" not in err
    assert places() <= before


def test_nothing_is_left_of_a_killed_main_program(script):
    before = places()
    process = script(COUNTS_FOR_EVER.format(end=None) + "flow.join()\n")
    read_until(process.stdout, "got 10")
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 4
    assert len(places() - before) >= 1
    process.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    deadline = time.monotonic() + 10
    while places() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert places() <= before
