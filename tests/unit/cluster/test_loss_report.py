"""The error that tells of a process whose end ended the run."""

from __future__ import annotations

import pickle
import signal
from types import SimpleNamespace

import pytest

from daskflow.cluster.exits import described_exit
from daskflow.cluster.loss_report import LossReport
from daskflow.core.node.policy import Policy
from daskflow.errors import NodeError, TaskLostError
from daskflow.ledger import GPU_LOST, STATE_LOST, TOO_LONG, TOO_OFTEN
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import LATE, NEIGHBOUR, TOO_LARGE, Loss

SPEC = TaskSpec(
    flow_name="flow",
    run_id="run",
    task=1,
    node_name="net",
    task_name="net-1",
    task_index=1,
    task_count=2,
    has_readers=True,
    prefetch=0,
    places=RunPlaces.of_run("run"),
    policy=Policy(process_timeout_s=2.5, max_restarts=3),
)


@pytest.mark.parametrize(
    ("code", "killed_for", "ran_out", "words"),
    [
        (-signal.SIGSEGV, None, False, "it crashed with SIGSEGV: a segmentation fault in native code"),
        (-signal.SIGKILL, None, True, "the machine ran out of memory, and the kernel killed it"),
        (-signal.SIGKILL, None, False, "SIGKILL from outside, and not by the kernel for lack of memory"),
        (-signal.SIGTERM, None, False, "it was killed by SIGTERM"),
        (-64, None, False, "it was killed by S"),
        (-250, None, False, "it was killed by signal 250"),
        (3, None, False, "it exited with status 3"),
        (None, None, False, "how it ended is not known"),
        (-signal.SIGABRT, LATE, False, "a call took longer than process_timeout_s"),
        (-signal.SIGABRT, TOO_LARGE, True, "it took more memory than memory_limit"),
        (-signal.SIGABRT, NEIGHBOUR, False, "another task in it went beyond"),
    ],
)
def test_how_a_process_ended(code, killed_for, ran_out, words) -> None:
    assert words in described_exit(code, killed_for, memory_ran_out=ran_out)


def error(reason: str, *, in_hand: int | None = 7, killed_for: str | None = None, **more):
    loss = Loss(SimpleNamespace(index=1), reason, 99, in_hand, killed_for)
    report = LossReport(loss, SPEC, **{"log_lines": (), "stack": (), "deaths": 1, **more})
    return report.error(-11, memory_ran_out=False)


def test_lost_state_says_what_would_have_kept_it() -> None:
    lost = error(STATE_LOST)
    assert isinstance(lost, TaskLostError)
    assert (lost.node, lost.task, lost.exit_code) == ("net", "net-1", -11)
    assert str(lost).startswith("the process of task net-1 of node 'net' died at message 7: it crashed")
    assert "snapshot() and restore(state)" in str(lost)
    again = pickle.loads(pickle.dumps(lost))
    assert (str(again), again.exit_code) == (str(lost), -11)


def test_too_many_deaths_are_counted_with_the_last_words() -> None:
    text = str(
        error(TOO_OFTEN, deaths=4, log_lines=("INFO one", "INFO two"), stack=('File "a", line 3 in f',))
    )
    assert "it was the 4th process of the task to die within 60 s, and max_restarts is 3" in text
    assert text.endswith(
        '\nIt was here, the innermost call last:\n  File "a", line 3 in f'
        "\nIts last log lines:\n  INFO one\n  INFO two"
    )


def test_without_a_message_in_hand_none_is_named() -> None:
    assert "at message" not in str(error(TOO_OFTEN, in_hand=None))


def test_a_late_call_is_an_error_of_its_node() -> None:
    late = error(TOO_LONG, killed_for=LATE)
    assert isinstance(late, NodeError)
    assert (late.node, late.sequence_number, late.method) == ("net", 7, "process")
    assert str(late).startswith(
        "process() of node 'net' (task net-1) took longer than process_timeout_s=2.5 at message 7"
    )


def test_lost_gpu_memory_says_how_to_do_without() -> None:
    assert "'daskflow.gpu-ipc': False" in str(error(GPU_LOST))


@pytest.mark.parametrize(("deaths", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd")])
def test_ordinals(deaths, word) -> None:
    assert f"it was the {word} process" in str(error(TOO_OFTEN, deaths=deaths))
