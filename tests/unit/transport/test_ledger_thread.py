"""The ledger's thread: what others ask of it, and what it does about its own defects."""

from __future__ import annotations

import concurrent.futures
import errno
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.unix_server import UnixServer

PATIENCE_S = 20


class Service:
    """Counts its flushes, and fails if it is asked to."""

    def __init__(self) -> None:
        self.flushed = threading.Semaphore(0)
        self.failed = threading.Event()
        self.failure: Any = None
        self.can_fail = True

    def flush(self) -> None:
        self.flushed.release()

    def fail(self, failure: Any) -> None:
        if not self.can_fail:
            raise AssertionError("a second defect")
        self.failure = failure
        self.failed.set()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def thread(service: Service) -> Iterator[LedgerThread]:
    thread = LedgerThread(service)  # type: ignore[arg-type]
    thread.start()
    yield thread
    thread.close()


def test_calls_run_in_the_thread_in_their_order_and_are_followed_by_a_flush(thread, service):
    names: list[Any] = []
    for i in range(3):
        thread.post(names.append, i)
    assert thread.call(lambda: threading.current_thread().name) == "daskflow ledger"
    assert names == [0, 1, 2]
    assert service.flushed.acquire(timeout=PATIENCE_S)


def test_what_a_call_raises_goes_to_the_caller_alone(thread, service):
    with pytest.raises(ZeroDivisionError):
        thread.call(lambda: 1 / 0)
    assert thread.call(lambda: 1) == 1
    assert service.failure is None


def test_a_defect_ends_the_run_and_not_the_thread(thread, service, caplog):
    def defect() -> None:
        raise AssertionError("a defect")

    is_through, came = threading.Event(), threading.Event()
    thread.post(is_through.wait)  # so that the next two wait together
    thread.post(defect)
    thread.post(came.set)
    is_through.set()
    assert service.failed.wait(PATIENCE_S)
    assert came.wait(PATIENCE_S)
    assert isinstance(service.failure, AssertionError)
    assert "thread failed" in caplog.text
    service.can_fail = False
    thread.post(defect)
    assert thread.call(lambda: 2) == 2


class NoDescriptors:
    """A listener whose process has no descriptor left for whoever asks."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.fileno, self.close = listener.fileno, listener.close

    def accept(self) -> None:
        raise OSError(errno.EMFILE, "Too many open files")


def test_no_descriptor_for_a_task_ends_the_run_once_and_the_thread_goes_on(thread, service, tmp_path):
    server = UnixServer(thread)
    thread.call(server.start, tmp_path / "ledger")
    server._listener = NoDescriptors(server._listener)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as task:
        task.connect(str(tmp_path / "ledger"))
        assert service.failed.wait(PATIENCE_S)
    assert service.failure.errno == errno.EMFILE
    service.failed.clear()
    assert thread.call(lambda: 3) == 3
    thread.call(server.close)
    assert not service.failed.is_set()


def test_a_place_that_cannot_be_listened_at_leaves_nothing_open(thread, tmp_path):
    open_files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        thread.call(UnixServer(thread).start, tmp_path / "absent" / "ledger")
    assert len(os.listdir("/proc/self/fd")) == open_files


def test_what_was_asked_before_the_end_is_done_and_after_it_refused(service):
    open_files = len(os.listdir("/proc/self/fd"))
    thread = LedgerThread(service)  # type: ignore[arg-type]
    with pytest.raises(concurrent.futures.CancelledError):
        thread.call(lambda: 0)  # it has not begun
    thread.start()
    done: list[int] = []
    for i in range(100):
        thread.post(done.append, i)
    thread.close()
    assert done == list(range(100))
    thread.post(done.append, 100)
    with pytest.raises(concurrent.futures.CancelledError):
        thread.call(lambda: 0)
    assert done == list(range(100))
    assert len(os.listdir("/proc/self/fd")) == open_files
