"""What tasks have logged, logged where the flow was started."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator

import pytest

from daskflow.cluster import log_relay
from daskflow.cluster.log_relay import MOST_WAITING, LogRelay, log
from daskflow.transport.records import Record

PATIENCE_S = 20
WARNED = Record(
    1e9, 30, "daskflow.net", 7, "too dark", "Traceback …", False, "/a/nodes.py", 3, "net", "net-1", 99
)


def test_a_record_is_as_if_it_had_been_made_here(caplog) -> None:
    log(WARNED, "yard")
    (record,) = caplog.records
    assert (record.name, record.levelname, record.created) == ("daskflow.net", "WARNING", 1e9)
    assert record.getMessage() == "net-1 [message 7]: too dark"
    assert (record.daskflow_flow, record.daskflow_node, record.daskflow_task) == ("yard", "net", "net-1")
    assert (record.daskflow_number, record.daskflow_text) == (7, "too dark")
    line = logging.Formatter("%(filename)s:%(lineno)d %(process)d %(message)s").format(record)
    assert line == "nodes.py:3 99 net-1 [message 7]: too dark\nTraceback …"


def test_without_a_message_in_hand_the_text_names_none(caplog) -> None:
    log(WARNED._replace(number=None, text="100 %"), "yard")
    assert caplog.messages == ["net-1: 100 %"]


def test_what_is_said_of_a_process_that_died_can_be_formatted(caplog) -> None:
    log(Record(1e9, 30, "daskflow.net", 7, "died", node="net", task="net-1"), "yard")
    (record,) = caplog.records
    line = logging.Formatter("%(process)d %(module)s:%(lineno)d %(msecs)03d %(message)s").format(record)
    assert line == f"{os.getpid()} :0 000 net-1 [message 7]: died"


def test_the_level_here_counts(caplog) -> None:
    with caplog.at_level(logging.ERROR, "daskflow.net"):
        log(WARNED, "yard")
        log(WARNED._replace(level=40), "yard")
    assert [record.levelno for record in caplog.records] == [40]


def test_a_task_makes_no_loggers_of_its_own(caplog, monkeypatch) -> None:
    monkeypatch.setattr(log_relay, "MOST_NAMES", 1)
    monkeypatch.setattr(log_relay, "_names", set())
    for name in ("root", "daskflowers", "daskflow.net.a", "daskflow.net.b", "daskflow.net.a"):
        log(WARNED._replace(logger=name), "yard")
    assert [record.name.removeprefix("daskflow.") for record in caplog.records] == [
        "net", "net", "net.a", "net", "net.a",
    ]  # fmt: skip


class Gate(logging.Handler):
    """A handler that waits until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.has_begun.set()
        assert self.may_go_on.wait(PATIENCE_S)
        self.texts.append(record.getMessage())


@pytest.fixture
def gate() -> Iterator[Gate]:
    handler = Gate()
    logging.getLogger("daskflow").addHandler(handler)
    yield handler
    handler.may_go_on.set()
    logging.getLogger("daskflow").removeHandler(handler)


def test_a_slow_handler_holds_nobody_up_and_what_does_not_fit_is_counted(gate: Gate) -> None:
    relay = LogRelay("yard")
    relay.start()
    relay.pass_on(WARNED)
    assert gate.has_begun.wait(PATIENCE_S)
    for number in range(MOST_WAITING + 5):
        relay.pass_on(WARNED._replace(number=number))
    gate.may_go_on.set()
    relay.close()
    assert len(gate.texts) == 1 + MOST_WAITING + 1
    assert gate.texts[-1].startswith("records of flow yard left out")
    assert gate.texts[-1].endswith(": 5")


def test_a_filter_that_raises_does_not_end_it(caplog, monkeypatch, capsys) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logger, relay = logging.getLogger("daskflow.net"), LogRelay("yard")

    def refuse(record: logging.LogRecord) -> bool:
        raise ZeroDivisionError

    logger.addFilter(refuse)
    relay.start()
    relay.pass_on(WARNED)
    relay.pass_on(WARNED._replace(logger="daskflow.other"))
    relay.close()
    logger.removeFilter(refuse)
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert [record.name for record in caplog.records] == ["daskflow.other"]
