"""What is left of a process that can be asked no more."""

from __future__ import annotations

import faulthandler
import logging
import signal
import subprocess
import sys
from logging.handlers import RotatingFileHandler

import pytest

from daskflow.runtime.last_words import (
    keep_last_words,
    last_log_lines,
    last_signal,
    last_stack,
    last_words_kept,
)
from daskflow.transport.places import RunPlaces

DIES = """
import signal, sys
from pathlib import Path
from daskflow import ProcessorNode
from daskflow.core.context import Context
from daskflow.runtime.runner import NodeRunner
from daskflow.runtime.last_words import keep_last_words
from daskflow.transport.places import RunPlaces

class Node(ProcessorNode):
    def process(self, value):
        return self.deeper()

    def deeper(self):
        signal.raise_signal(signal.SIGSEGV)

place = Path(sys.argv[1])
keep_last_words(RunPlaces(place, place), 0, "net-0")
NodeRunner(Node(), Context("f", "r", "net")).work([(1, {})])
"""


def test_where_it_was(tmp_path) -> None:
    script = tmp_path / "dies.py"
    script.write_text(DIES)
    assert subprocess.run([sys.executable, script, tmp_path], check=False).returncode == -11
    stack = last_stack(RunPlaces(tmp_path, tmp_path), 0)
    assert stack == [f'File "{script}", line 12 in process', f'File "{script}", line 15 in deeper']


def test_one_that_was_not_in_the_node_or_said_nothing(tmp_path) -> None:
    places = RunPlaces(tmp_path, tmp_path)
    assert last_stack(places, 0) == []
    (tmp_path / "task-0.trace").write_text(
        'Fatal Python error: Aborted\n\nThread 0x1 (most recent call first):\n  File "a.py", line 1 in f\n'
    )
    assert last_stack(places, 0) == []
    assert last_log_lines(places, 0) == []


@pytest.fixture
def root_logger():
    root = logging.getLogger()
    before = list(root.handlers)
    yield root
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()


def test_the_last_log_lines_and_no_endless_file(tmp_path, root_logger, monkeypatch) -> None:
    monkeypatch.setattr("faulthandler.enable", lambda file: file.close())
    places = RunPlaces(tmp_path, tmp_path)
    keep_last_words(places, 0, "net-0")
    for number in range(3000):
        logging.getLogger("mine").warning("line %d", number)
    lines = last_log_lines(places, 0, 3)
    assert [line.rpartition("mine: ")[2] for line in lines] == ["line 2997", "line 2998", "line 2999"]
    (handler,) = [h for h in root_logger.handlers if isinstance(h, RotatingFileHandler)]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * handler.maxBytes


def test_a_name_that_is_no_text_can_be_logged(tmp_path, root_logger, monkeypatch, capsys) -> None:
    monkeypatch.setattr("faulthandler.enable", lambda file: file.close())
    monkeypatch.setattr(logging, "raiseExceptions", True)
    places = RunPlaces(tmp_path, tmp_path)
    keep_last_words(places, 0, "net-0")
    logging.getLogger("mine").warning("no video: %s", "é\udc80.mp4")
    (line,) = last_log_lines(places, 0)
    assert line.endswith(r"no video: é\udc80.mp4")
    assert "Logging error" not in capsys.readouterr().err


TWO_DIE = """
import logging, signal, sys, threading, time
from pathlib import Path
from daskflow import ProcessorNode
from daskflow.core.context import Context
from daskflow.runtime.runner import NodeRunner
from daskflow.runtime.last_words import last_words_kept
from daskflow.transport.places import RunPlaces

place, deep = RunPlaces(Path(sys.argv[1]), Path(sys.argv[1])), threading.Barrier(3)

class Node(ProcessorNode):
    def process(self, value):
        getattr(self, value)()

    def one(self):
        deep.wait()  # for ever

    def two(self):
        self.one()

def work(task, value):
    with last_words_kept(place, task):
        print(f"{threading.get_ident()}\\n", end="", flush=True)
        NodeRunner(Node(), Context("f", "r", "net")).work([(value, {})])

threading.Thread(target=work, args=(0, "one")).start()
threading.Thread(target=work, args=(1, "two")).start()
while deep.n_waiting < 2:
    time.sleep(0.01)
time.sleep(0.1)  # until both are asleep: a stack that changes meanwhile may crash who writes it down
signal.raise_signal(signal.SIGABRT)
"""


def test_where_each_of_two_tasks_in_one_process_was(tmp_path) -> None:
    script = tmp_path / "dies.py"
    script.write_text(TWO_DIE)
    ended = subprocess.run([sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == -signal.SIGABRT
    places, threads = RunPlaces(tmp_path, tmp_path), list(map(int, ended.stdout.split()))
    (written_to,) = [task for task in (0, 1) if last_signal(places, task) == signal.SIGABRT]
    stacks = {tuple(line.split()[-1] for line in last_stack(places, written_to, each)) for each in threads}
    ends = {tuple(word for word in stack if word in ("process", "one", "two")) for stack in stacks}
    assert ends == {("process", "one"), ("process", "two", "one")}
    assert last_stack(places, written_to, 1) == []


@pytest.fixture
def no_faulthandler():
    was_enabled = faulthandler.is_enabled()
    faulthandler.disable()
    yield
    if was_enabled:
        faulthandler.enable()


def test_a_process_that_is_others_is_as_it_was_afterwards(
    tmp_path, root_logger, no_faulthandler, monkeypatch
) -> None:
    places, before = RunPlaces(tmp_path, tmp_path), list(root_logger.handlers)
    written_to: list[str] = []
    monkeypatch.setattr(faulthandler, "is_enabled", lambda: False)
    monkeypatch.setattr(faulthandler, "enable", lambda file: written_to.append(file.name[-12:]))
    monkeypatch.setattr(faulthandler, "disable", lambda: written_to.append("nowhere"))
    with last_words_kept(places, 0):
        logging.getLogger("mine").warning("a word")
        with last_words_kept(places, 1):
            pass
    assert written_to == ["task-0.trace", "task-1.trace", "task-0.trace", "nowhere"]
    assert root_logger.handlers == before
    assert last_log_lines(places, 0)[0].endswith("mine: a word")


def test_who_has_it_written_elsewhere_keeps_that(tmp_path, root_logger, monkeypatch) -> None:
    monkeypatch.setattr(faulthandler, "is_enabled", lambda: True)
    monkeypatch.setattr(faulthandler, "enable", None)
    monkeypatch.setattr(faulthandler, "disable", None)
    with last_words_kept(RunPlaces(tmp_path, tmp_path), 0):
        pass
