"""What is said of a run on the command line, and what is not."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from daskflow.cli.complaints import FlowProblem
from daskflow.cli.show import run_and_show
from daskflow.errors import FlowFailed
from daskflow.monitor.snapshot import RunSnapshot
from tests.unit.monitor.snapshots import metrics, snapshot


class FakeFlow:
    dashboard_link = "http://127.0.0.1:8787/status"

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure
        self.options: dict[str, Any] = {}

    def run(self, **options: Any) -> None:
        warnings.warn("4 tasks on 2 cores", stacklevel=1)
        self.options = options

    def join(self) -> None:
        if self._failure is not None:
            raise self._failure

    def metrics(self) -> RunSnapshot:
        return snapshot(metrics("sink", "consumer", received=7), total=7)


@pytest.mark.filterwarnings("ignore:4 tasks")
def test_a_run_is_told_of_on_the_standard_error_stream(capsys):
    run_and_show(FakeFlow())
    out, err = capsys.readouterr()
    assert out == ""
    assert "dashboard: http://127.0.0.1:8787/daskflow" in err
    assert "7 of 7 messages" in err
    assert "sink" in err


@pytest.mark.filterwarnings("error")
def test_quiet_says_nothing(capsys):
    flow = FakeFlow()
    run_and_show(flow, quiet=True, max_restarts=2)
    assert flow.options == {"max_restarts": 2}
    assert capsys.readouterr() == ("", "")


def test_what_an_error_quotes_does_not_reach_the_terminal_as_a_command(capsys):
    FlowProblem("the page says \x1b[2J", ValueError("\x1b[31mred")).show()
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "ValueError: \\x1b[31mred\n" in err
    assert err.endswith("Error: the page says \\x1b[2J\n")


@pytest.mark.filterwarnings("ignore:4 tasks")
@pytest.mark.parametrize("quiet", [False, True])
def test_a_failure_is_told_of_all_the_same(quiet):
    with pytest.raises(FlowProblem, match="no more frames"):
        run_and_show(FakeFlow(FlowFailed("no more frames")), quiet=quiet)
