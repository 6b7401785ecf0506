"""The commands as a user gives them: in a process of their own, on real clusters."""

from __future__ import annotations

import os
import re
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.programs import DASKFLOW, Start, read_until

NODES = """
from __future__ import annotations
import time
from dataclasses import dataclass
import beside
from daskflow import BATCH, ConsumerNode, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CommandlineConsumer
from daskflow.producers import IntProducer

print("the file runs", flush=True)

@dataclass
class Pair:
    first: int
    second: int

class Doubler(ProcessorNode):
    def process(self, value):
        return Pair(value, beside.double(value))

class Fussy(ProcessorNode):
    def process(self, pair):
        if pair.first == 5:
            raise LookupError("five is refused")
        return pair

class Closes(ConsumerNode):
    def consume(self, value):
        pass

    def close(self):
        print("closed", flush=True)

def build(end=7, *between, wait_s=0.0, **options):
    numbers = IntProducer(0, end, wait_s)
    last = Doubler()(numbers)
    for node in between:
        last = node(last)
    consumers = [CommandlineConsumer()(last), Closes()(last)]
    return Flow([numbers], consumers, BATCH, name="pairs", **options)

def fussy():
    return build(7, Fussy())

def endless():
    return build(None, wait_s=0.01)

class Says(ConsumerNode):
    def consume(self, value):
        print("a line", "of", value)

def talkative():
    numbers = IntProducer(0, 999)
    consumers = [Says(name)(numbers) for name in ("one", "other")]
    return Flow([numbers], consumers, BATCH)

def slow():
    return build(None, FunctionProcessorNode(lambda pair: time.sleep(2) or pair), queue_size=30)
"""

BESIDE = "def double(value):\n    return 2 * value\n"


@pytest.fixture
def daskflow(start: Start, tmp_path: Path) -> Start:
    """Starts the command beside a file with nodes and flows."""
    (tmp_path / "pairs.py").write_text(NODES)
    (tmp_path / "beside.py").write_text(BESIDE)
    return partial(start, *DASKFLOW)


def test_the_demo_writes_every_frame_of_a_clip(daskflow, tmp_path):
    pytest.importorskip("av")
    from tests.unit.media import picture, read_video, write_video

    clip = write_video(tmp_path / "clip.mp4", [picture(i) for i in range(23)])
    process = daskflow("demo", "--input", str(clip), "--output", "boxed.mp4")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == f"wrote {tmp_path / 'boxed.mp4'}\n"
    pictures, times, said = read_video(tmp_path / "boxed.mp4")
    assert len(pictures) == said["frames"] == 23
    assert times == pytest.approx([i / 10 for i in range(23)], abs=1e-3)
    assert "23 of 23 messages" in err
    assert re.search(r"^dashboard: http://127\.0\.0\.1:\d+/daskflow$", err, re.M)
    assert re.search(r"^videofile_writer +1 +23$", err, re.M)


def test_explain_starts_nothing(daskflow):
    process = daskflow("explain", "pairs.py:endless")  # which would go on for ever
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("the file runs\nflow pairs (batch): 4 nodes, 4 tasks\n")
    assert "Pair(" not in out


def test_a_failing_node_is_one_line_the_traceback_of_the_user_and_exit_code_1(daskflow, tmp_path):
    process = daskflow("run", "pairs.py:fussy")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    lines = err.splitlines()
    assert re.fullmatch(
        r"Error: process\(\) of node 'fussy' .*message 5: LookupError: five is refused", lines[-1]
    )
    assert lines[-2] == "LookupError: five is refused"
    traceback = err[err.index("Traceback") :]
    assert f'File "{tmp_path / "pairs.py"}"' in traceback
    assert 'raise LookupError("five is refused")' in traceback
    assert "task.py" not in traceback
    assert re.search(r"^fussy +1 +[678] +[567] +1$", err, re.M), "what was done until then is shown too"


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_run_takes_classes_of_the_file_to_the_workers_and_drains_when_asked(daskflow, asked):
    process = daskflow("run", "pairs.py:endless")
    lines = read_until(process.stdout, "Pair(first=5,")
    process.send_signal(asked)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "stopping flow 'pairs'" in err
    assert "Traceback" not in err
    produced = re.search(r"^int_producer +1 +(\d+)$", err, re.M)
    assert produced is not None
    assert f"\n{produced[1]} messages" in err
    lines += out.splitlines()
    assert lines.count("the file runs") == 1, "and not in the workers"
    assert "closed" in lines
    assert [line for line in lines if line.startswith("Pair")] == [
        f"Pair(first={i}, second={2 * i})" for i in range(int(produced[1]))
    ]


def test_lines_that_several_tasks_print_stay_whole(daskflow):
    process = daskflow("run", "pairs.py:talkative", env={**os.environ, "PYTHONUNBUFFERED": "1"})
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    said = [f"a line of {value}" for value in range(1000) for _ in ("one", "other")]
    assert sorted(out.splitlines()[1:]) == sorted(said)


def test_a_second_ctrl_c_ends_at_once(daskflow):
    process = daskflow("run", "pairs.py:slow")
    read_until(process.stdout, "Pair(first=0,")
    process.send_signal(signal.SIGINT)
    read_until(process.stderr, "stopping flow")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=40)  # to finish what is under way takes longer
    assert process.returncode == 130, err
    assert "Traceback" not in err
