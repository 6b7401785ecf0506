"""Passes on what is logged in a task's process, to be logged where the flow was started."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

from daskflow.core.tracebacks import user_traceback
from daskflow.runtime.recorder import Recorder
from daskflow.transport.records import HIGHEST_LEVEL

ROOT = "daskflow"
"""The logger above those of all nodes."""

TOLD = "daskflow_is_told"
"""An attribute of records that are logged elsewhere, and so not to be printed here."""


_task_threads: set[int] = set()
"""Of the tasks in this process: on a cluster of others there may be several."""


@contextlib.contextmanager
def logs_passed_on(recorder: Recorder, level: int) -> Iterator[None]:
    """For as long as a task runs in this thread, pass on what is logged under ``daskflow``.

    Other tasks in this process pass on what is logged in their own threads. What is logged in threads that
    are no task's, such as those that a node has started, is passed on by one of them.

    Parameters
    ----------
    recorder : Recorder
        Of the task.
    level : int
        The lowest level that is wanted.
    """
    logger, handler = logging.getLogger(ROOT), RecordHandler(recorder)
    thread = threading.get_ident()
    handler.addFilter(is_of_thread(thread))
    _task_threads.add(thread)
    before = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    recorder.logs_elsewhere = True
    try:
        yield
    finally:
        _task_threads.discard(thread)
        recorder.logs_elsewhere = False
        logger.removeHandler(handler)
        logger.setLevel(before)


def is_of_thread(thread: int) -> Callable[[logging.LogRecord], bool]:
    """A filter for what is logged in a task's thread, or in one that is no task's."""
    return lambda record: record.thread == thread or record.thread not in _task_threads


class RecordHandler(logging.Handler):
    """Gives a task's recorder what is logged.

    Parameters
    ----------
    recorder : Recorder
        Of the task.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on, without a lock: who waits for one here might hold that of the session."""
        if self.filter(record) and not getattr(record, TOLD, False):
            self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; if that works, it is marked."""
        try:
            is_told = self._recorder.tell(
                min(max(1, record.levelno), HIGHEST_LEVEL),
                record.getMessage(),
                lambda: _traceback_of(record),
                number=self._recorder.number_in_hand,
                logger=record.name,
                time_s=record.created,
                path=record.pathname,
                line=record.lineno,
            )
        except Exception:  # noqa: BLE001  its arguments are the user's; logging's own handlers do likewise
            self.handleError(record)
        else:
            setattr(record, TOLD, is_told)


def was_not_told(record: logging.LogRecord) -> bool:
    """Whether a record is not logged elsewhere; a filter for handlers."""
    return not getattr(record, TOLD, False)


def _traceback_of(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return user_traceback(record.exc_info[1])
    return record.exc_text or record.stack_info or ""
