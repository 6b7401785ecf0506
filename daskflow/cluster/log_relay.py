"""Logs in the caller's process what was logged in the tasks'."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import traceback

from daskflow.transport.records import Record

MOST_WAITING = 1000
"""Records that may wait for the caller's handlers; what comes beyond is counted."""

CLOSE_S = 5.0
"""How long the end of a run may wait for them."""

MOST_NAMES = 500
"""Loggers live as long as the process: those with other names are taken for that of the node."""

_names: set[str] = set()


class LogRelay:
    """A thread that hands records to the caller's handlers, which may be slow; the ledger must not wait.

    Parameters
    ----------
    flow_name : str
        Of the flow.
    """

    def __init__(self, flow_name: str) -> None:
        self._flow_name = flow_name
        self._waiting: queue.Queue[Record | None] = queue.Queue(MOST_WAITING)
        self._left_out = self._said = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="daskflow log", daemon=True)

    def start(self) -> None:
        """Begin to log."""
        self._thread.start()

    def pass_on(self, record: Record) -> None:
        """Have a record logged soon; in the ledger's thread, which does not wait."""
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Log what still waits and end; blocks for some seconds at most."""
        self._is_closed = True
        with contextlib.suppress(queue.Full):  # then it sees that itself, after the last
            self._waiting.put_nowait(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while (record := self._waiting.get()) is not None:
            log(record, self._flow_name)
            if self._waiting.empty():
                self._say_left_out()
                if self._is_closed:
                    break
        self._say_left_out()

    def _say_left_out(self) -> None:
        left_out = self._left_out
        count, self._said = left_out - self._said, left_out
        if count:
            words = "records of flow %s left out, since handlers in this process take too long for them: %d"
            logging.getLogger("daskflow").warning(words, self._flow_name, count)


def log(record: Record, flow_name: str) -> None:
    """Log a record as if it had been made here, if its logger is for that level; whatever handlers do.

    The task and the message are in the text, since few formatters know of the attributes: ``daskflow_flow``,
    ``daskflow_node``, ``daskflow_task``, ``daskflow_number`` and, without them, ``daskflow_text``.
    """
    logger = logging.getLogger(_known(record))
    if not logger.isEnabledFor(record.level):
        return
    at = "" if record.number is None else f" [message {record.number}]"
    made = logging.makeLogRecord(
        {
            "name": logger.name,
            "levelno": record.level,
            "levelname": logging.getLevelName(record.level),
            "msg": f"{record.task}{at}: {record.text}",
            "args": None,
            "created": record.time_s,
            "msecs": record.time_s % 1.0 * 1000.0,
            "exc_text": record.traceback or None,
            "pathname": record.path,
            "filename": record.path.rpartition("/")[2],
            "module": record.path.rpartition("/")[2].partition(".")[0],
            "lineno": record.line,
            "process": record.pid or os.getpid(),  # a process that died has none: this one says so
            "processName": record.task,
            "daskflow_flow": flow_name,
            "daskflow_node": record.node,
            "daskflow_task": record.task,
            "daskflow_number": record.number,
            "daskflow_text": record.text,
        }
    )
    try:
        logger.handle(made)
    except Exception:  # noqa: BLE001  a filter of the user's may raise; handlers say so themselves
        if logging.raiseExceptions:
            traceback.print_exc()


def _known(record: Record) -> str:
    """The logger's name, unless there are too many, or it is no name of ours."""
    name = record.logger
    if name not in _names:
        if len(_names) >= MOST_NAMES or not f"{name}.".startswith("daskflow."):
            return f"daskflow.{record.node}"
        _names.add(name)
    return name
