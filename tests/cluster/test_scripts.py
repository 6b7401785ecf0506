"""Flows in scripts, as users write them: no main guard, Ctrl-C, no join, a killed main program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.cluster.conftest import places

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
def script(tmp_path):
    started: list[subprocess.Popen[str]] = []

    def start(text: str) -> subprocess.Popen[str]:
        path = tmp_path / "script.py"
        path.write_text(text)
        process = subprocess.Popen(
            [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=tmp_path, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: str) -> list[str]:
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if wanted in line:
            return lines
    raise AssertionError(f"{wanted!r} never came: {lines}, {process.stderr.read()}")


def test_no_main_guard_is_needed(script):
    process = script(COUNTS_FOR_EVER.format(end=5) + "flow.join()\nprint('joined')\n")
    out, err = process.communicate(timeout=60)
    assert out.split("\n")[:-1] == [
        "the main script runs", *[f"got {2 * i}" for i in range(6)], "closed", "joined",
    ]  # fmt: skip
    assert process.returncode == 0
    assert err == ""


def test_a_restarted_worker_does_not_run_the_main_script_either(script, tmp_path):
    process = script(COUNTS_FOR_EVER.format(end=150) + "flow.join()\n")
    lines = read_until(process, "got 40")
    os.kill(int((tmp_path / "double.pid").read_text()), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    lines += out.split("\n")[:-1]
    assert lines == ["the main script runs", *[f"got {2 * i}" for i in range(151)], "closed"], err


def test_ctrl_c_drains_and_a_second_one_ends_at_once(script):
    process = script(COUNTS_FOR_EVER.format(end=None) + "flow.join()\nprint('joined')\n")
    read_until(process, "got 20")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert "closed" in out
    assert out.rstrip().endswith("joined")
    assert "Traceback" not in err
    assert process.returncode == 0


def test_a_second_ctrl_c_ends_at_once(script):
    slow = COUNTS_FOR_EVER.replace("return 2 * value", "import time; time.sleep(1.0); return value")
    process = script(slow.format(end=None) + "flow.join()\n")
    read_until(process, "got 0")
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.stderr.readline()
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert time.monotonic() - begin < 6


@pytest.mark.parametrize("delay_s", [0.1, 0.5, 1.0])
def test_ctrl_c_while_the_flow_starts(script, delay_s):
    before = places()
    process = script("print('begin', flush=True)\n" + COUNTS_FOR_EVER.format(end=None) + "flow.join()\n")
    read_until(process, "the main script runs")
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


def test_a_program_has_no_process_any_more_after_its_last_flow(script):
    look = "import psutil\nprint([child.name() for child in psutil.Process().children(recursive=True)])\n"
    process = script(COUNTS_FOR_EVER.format(end=2) + "flow.join()\n" + look)
    out, err = process.communicate(timeout=60)
    assert out.splitlines()[-1] == "[]", err


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
    read_until(process, "got 10")
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
