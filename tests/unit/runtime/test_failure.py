"""What the caller is told of a user's exception."""

from __future__ import annotations

import threading
import traceback

import pytest

from daskflow.core.context import Context
from daskflow.runtime.failure import error_from_bytes, error_to_bytes, node_error
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.places import RunPlaces

CTX = Context("flow", "run", "detector", "detector-1", sequence_number=12)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001
        return caught


class Stubborn(Exception):
    """Cannot be pickled, and says nothing when it could."""

    def __init__(self, lock: object) -> None:
        super().__init__("no way")
        self.lock = lock


def test_node_task_message_cause_and_traceback_survive_the_way():
    error = error_from_bytes(error_to_bytes(node_error(raised(KeyError("x")), "process", CTX)))
    assert (error.node, error.task, error.sequence_number) == ("detector", "detector-1", 12)
    assert isinstance(error.__cause__, KeyError)
    assert "in raised" in "".join(traceback.format_exception(error.__cause__))
    assert "message 12" in str(error)


def test_an_exception_that_cannot_be_pickled_is_told_in_words():
    error = error_from_bytes(error_to_bytes(node_error(raised(Stubborn(threading.Lock())), "open", CTX)))
    assert error.sequence_number is None
    assert "no way" in str(error.__cause__)
    assert "in raised" in str(error.__cause__)


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_without_words_still_names_its_node():
    error = error_from_bytes(error_to_bytes(node_error(raised(Speechless()), "process", CTX)))
    assert "'detector'" in str(error)
    assert "Speechless" in str(error)


def test_what_cannot_be_unpickled_here_is_told_in_words(monkeypatch):
    packed = error_to_bytes(node_error(raised(KeyError("x")), "process", CTX))
    monkeypatch.setattr("pickle.loads", lambda data: raised(ImportError("only there")).args[1])
    error = error_from_bytes(packed)
    assert (error.node, error.sequence_number) == ("detector", 12)
    assert "KeyError: 'x'" in str(error.__cause__)


@pytest.mark.parametrize("text", [
    "assignment destination is read-only",
    "img marked as output argument, but provided NumPy array marked as readonly",
])  # fmt: skip
def test_writing_into_a_shared_frame_gets_a_hint(text):
    assert "writable_inputs" in str(node_error(ValueError(text), "process", CTX))
    assert "writable_inputs" not in str(node_error(ValueError("other"), "process", CTX))


def test_the_password_of_an_address_is_in_no_words_of_ours():
    error = raised(Stubborn(threading.Lock()))
    error.args = ("rtsp://admin:hunter2@camera/1?token=abc123 does not answer",)
    told = node_error(error, "open", CTX)
    back = error_from_bytes(error_to_bytes(told))
    for words in (str(told), str(back), str(back.__cause__)):
        assert "rtsp://admin:***@camera/1?token=*** does not answer" in words
        assert "hunter2" not in words


def test_what_dask_may_log_of_a_task_does_not_show_its_node():
    spec = TaskSpec("f", "r", 0, "n", "n-0", 0, 1, True, 0, RunPlaces.of_run("r"), node=b"rtsp://u:hunter2@h")
    assert "hunter2" not in repr(spec)
