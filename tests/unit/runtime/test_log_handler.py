"""What is logged under daskflow in a task's process goes to where the flow was started, and only there."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from daskflow.core.context import Context
from daskflow.runtime.log_handler import ROOT, TOLD, logs_passed_on, was_not_told
from daskflow.runtime.recorder import Recorder


class Way:
    """A way to the ledger that may be cut."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.is_open = True
        ctx = Context("flow", "run", "net", "net-0", sequence_number=7)
        self.recorder = Recorder(self.tell, ctx)

    def tell(self, frame: list[Any]) -> bool:
        if self.is_open:
            self.frames.append(frame)
        return self.is_open


@pytest.fixture
def way() -> Way:
    return Way()


class Printed(logging.Handler):
    """Stands for the worker's stderr."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(was_not_told)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def printed():
    handler = Printed()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)


def test_a_record_arrives_and_is_not_printed_too(way: Way, printed: list[str]) -> None:
    logger = logging.getLogger("daskflow.net")
    with logs_passed_on(way.recorder, logging.INFO):
        logger.info("%d of %d", 1, 2)
        logger.debug("not wanted")
        logging.getLogger("mine").warning("mine")
    (frame,) = way.frames
    assert frame[2:6] == [logging.INFO, "daskflow.net", 7, "1 of 2"]
    assert frame[8].endswith("test_log_handler.py")
    assert printed == ["mine"]
    logger.warning("after")
    assert len(way.frames) == 1
    assert logging.getLogger(ROOT).level == logging.NOTSET
    assert printed == ["mine", "after"]


def test_an_exception_comes_with_the_users_traceback(way: Way) -> None:
    with logs_passed_on(way.recorder, logging.WARNING):
        try:
            raise ValueError("bad")
        except ValueError:
            logging.getLogger("daskflow.net").exception("failed")
    (frame,) = way.frames
    assert frame[5] == "failed"
    assert frame[6].startswith("Traceback")
    assert frame[6].endswith("ValueError: bad")


def test_what_cannot_be_told_is_printed(way: Way, printed: list[str]) -> None:
    way.is_open = False
    with logs_passed_on(way.recorder, logging.WARNING):
        logging.getLogger("daskflow.net").warning("nobody hears it")
    assert printed == ["nobody hears it"]


def test_what_was_told_already_is_neither_told_nor_printed(way: Way, printed: list[str]) -> None:
    with logs_passed_on(way.recorder, logging.WARNING):
        logging.getLogger("daskflow.net").warning("known", extra={TOLD: True})
    assert way.frames == printed == []


def test_a_wrong_argument_of_the_users_does_not_fail_the_call(way: Way, capsys, monkeypatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    with logs_passed_on(way.recorder, logging.WARNING):
        (handler,) = logging.getLogger(ROOT).handlers
        handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("x",), "levelno": 30}))
    assert "Logging error" in capsys.readouterr().err
    assert way.frames == []
