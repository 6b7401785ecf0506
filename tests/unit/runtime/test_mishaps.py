"""Messages on which a node failed for good."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from daskflow.core.context import Context
from daskflow.core.node.policy import Policy
from daskflow.deadletters import DeadLetterFolder
from daskflow.ledger import DEAD, FAILED
from daskflow.runtime.failure import error_from_bytes
from daskflow.runtime.mishaps import Mishaps
from daskflow.runtime.recorder import MOST_PER_S, Recorder
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.places import RunPlaces


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001  to have its traceback
        return caught


@pytest.fixture
def ctx() -> Context:
    return Context(flow_name="flow", run_id="ab", node_name="net", task_name="net-0", sequence_number=4)


def mishaps(ctx: Context, tmp_path, told=None, **policy) -> Mishaps:
    spec = TaskSpec(
        "flow", "ab", 0, "net", "net-0", 0, 1, True, 0, RunPlaces(tmp_path, tmp_path),
        policy=Policy(**policy), dead_letters=str(tmp_path / "letters"),
    )  # fmt: skip
    told = [] if told is None else told
    return Mishaps(spec, ctx, Recorder(lambda frame: told.append(frame) or True, ctx))


def test_by_default_it_ends_the_run_and_is_kept(ctx, tmp_path) -> None:
    frame = np.arange(6).reshape(2, 3)
    kind, body = mishaps(ctx, tmp_path).outcome_of(
        raised(ValueError("bad")), "process", lambda: [(frame, {"source": "a"})]
    )
    assert kind == FAILED
    error = error_from_bytes(body)
    assert (error.node, error.sequence_number, str(error.__cause__)) == ("net", 4, "bad")
    folder = DeadLetterFolder(tmp_path / "letters")
    (letter,) = folder.letters()
    assert (letter.id, letter.task, letter.method) == ("ab/net-4", "net-0", "process")
    assert letter.error == "ValueError: bad"
    assert "raise error" in letter.traceback
    ((value, metadata),) = folder.inputs(letter)
    assert (value == frame).all()
    assert metadata == {"source": "a"}


def test_skipping_logs_each_kind_once(ctx, tmp_path, caplog) -> None:
    some = mishaps(ctx, tmp_path, on_error="skip")
    for number, error in enumerate([ValueError("a"), ValueError("b"), KeyError("c"), ValueError("d")]):
        ctx.sequence_number = number
        assert some.outcome_of(raised(error), "process", list) == (DEAD, None)
    assert [record.message.split(";")[0] for record in caplog.records] == [
        "process() of node 'net' (task net-0) failed at message 0: ValueError: a",
        "process() of node 'net' (task net-0) failed at message 2: KeyError: 'c'",
    ]
    assert len(list(DeadLetterFolder(tmp_path / "letters").letters())) == 4


def test_inputs_that_cannot_be_unpickled(ctx, tmp_path) -> None:
    def inputs():
        raise ImportError("no such class")

    mishaps(ctx, tmp_path).outcome_of(raised(ValueError("bad")), "unpickling an input", inputs)
    (letter,) = DeadLetterFolder(tmp_path / "letters").letters()
    assert letter.no_payload == "they cannot be read: ImportError('no such class')"


def test_what_is_hopeless_ends_the_run_whatever_the_policy(ctx, tmp_path) -> None:
    some = mishaps(ctx, tmp_path, on_error="skip")
    assert some.outcome_of(raised(ValueError("bad")), "next", list, ends_run=True)[0] == FAILED


def test_a_folder_that_cannot_be_written_is_logged_and_no_more(ctx, tmp_path, caplog) -> None:
    (tmp_path / "letters").write_text("a file")
    kind, _ = mishaps(ctx, tmp_path, on_error="skip").outcome_of(raised(ValueError("bad")), "process", list)
    assert kind == DEAD
    assert "ab/net-4 cannot be written" in caplog.text


def test_each_that_is_given_up_is_told_with_its_traceback_but_only_the_first_is_logged(ctx, tmp_path) -> None:
    told: list[Any] = []
    some = mishaps(ctx, tmp_path, told, on_error="skip")
    some._recorder.logs_elsewhere = True
    for number in (1, 2):
        ctx.sequence_number = number
        some.outcome_of(raised(ValueError("bad")), "process", list)
    assert [(level, number, is_dead) for _, _, level, _, number, _, _, is_dead, *_ in told] == [
        (30, 1, True),
        (-30, 2, True),
    ]
    assert all(frame[6].endswith("ValueError: bad") for frame in told)


def test_what_ends_the_run_is_told_but_not_logged(ctx, tmp_path, caplog) -> None:
    told: list[Any] = []
    some = mishaps(ctx, tmp_path, told)
    some.outcome_of(raised(ValueError("bad")), "process", list)
    error = error_from_bytes(some.broken(raised(ValueError("worse")), "close"))
    assert "close() of node 'net'" in str(error)
    assert [(frame[2], frame[4], frame[7]) for frame in told] == [(-40, 4, False), (-40, None, False)]
    assert caplog.text == ""


def test_what_ends_the_run_is_told_however_much_was_logged_before(ctx, tmp_path) -> None:
    told: list[Any] = []
    some = mishaps(ctx, tmp_path, told)
    for _ in range(MOST_PER_S + 1):
        some._recorder.tell(logging.INFO, "much")
    some.outcome_of(raised(ValueError("bad")), "process", list)
    some.broken(raised(ValueError("worse")), "close")
    assert [frame[2] for frame in told[MOST_PER_S:]] == [-logging.ERROR, -logging.ERROR]
