"""What is shown of a running flow."""

from __future__ import annotations

import io
import re
import threading

import pytest
from rich.console import Console

from daskflow.monitor import progress
from daskflow.monitor.figures import Progress
from daskflow.monitor.progress import RecentRate, follow
from daskflow.monitor.snapshot import RunSnapshot
from tests.unit.monitor.snapshots import metrics, snapshot
from tests.unit.monitor.terminal.conftest import judged


class FakeFlow:
    """Ends when it has been asked `asked` times how far it is."""

    def __init__(
        self, asked: int, *, failure: BaseException | None = None, total: int | None = 10, lost: int = 0
    ) -> None:
        self._total = total
        self._lost = lost
        self._asked = 0
        self._wanted = asked
        self._failure = failure
        self._over = threading.Event()
        self.joined_by: list[threading.Thread] = []

    def metrics(self) -> RunSnapshot:
        self._asked += 1
        if self._asked >= self._wanted:
            self._over.set()
        done = 10 if self._over.is_set() else min(9, self._asked)
        return snapshot(
            metrics("source", "producer", emitted=done, busy=0.1, rate=5.0),
            metrics("sink", "consumer", received=done, busy=0.9, rate=5.0, failed=self._lost),
            elapsed_s=2.0 * done,
            total=self._total,
        )

    def join(self) -> None:
        self.joined_by.append(threading.current_thread())
        assert self._over.wait(10)
        if self._failure is not None:
            raise self._failure


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr("daskflow.monitor.verdict.verdict_of", judged)
    monkeypatch.setattr(progress._LineDisplay, "every_s", 0.001)
    monkeypatch.setattr(progress._BarDisplay, "every_s", 0.001)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100)


def text(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


def test_the_rate_is_that_of_the_last_seconds():
    rate = RecentRate()
    assert rate.after(Progress(0, 0, 0, 0.0)) == 0.0
    assert rate.after(Progress(0, 20, 0, 2.0)) == 10.0
    for second in range(3, 20):
        latest = rate.after(Progress(0, 20, 0, float(second)))
    assert latest == 0.0


def test_lines_where_there_is_no_terminal():
    flow, shown = FakeFlow(6), console(terminal=False)
    last = follow(flow, console=shown)
    assert last["sink"].received == 10
    lines = text(shown).splitlines()
    assert lines[0] == "2 of 10 messages, 0.5 per second, limited by sink"
    assert lines[-1] == "10 of 10 messages, 0.5 per second"
    assert flow.joined_by == [threading.main_thread()]  # where Ctrl-C arrives


def test_a_bar_on_a_terminal():
    shown = console(terminal=True)
    follow(FakeFlow(5), console=shown)
    assert "10 of 10 messages" in text(shown)
    assert "━" in text(shown)


def test_a_given_total_and_an_unknown_one():
    given, unknown = console(terminal=False), console(terminal=False)
    follow(FakeFlow(2), total=77, console=given)
    follow(FakeFlow(2, total=None), console=unknown)
    assert "10 of 77 messages" in text(given)
    assert text(unknown).splitlines()[-1].startswith("10 messages,")


@pytest.mark.parametrize("failure", [RuntimeError("no"), KeyboardInterrupt()])
@pytest.mark.parametrize("terminal", [False, True])
def test_the_display_ends_before_a_failure_is_raised(failure, terminal):
    shown = console(terminal=terminal)
    with pytest.raises(type(failure)):
        follow(FakeFlow(2, failure=failure), console=shown)
    assert "10 of 10 messages" in text(shown)
    assert not [thread for thread in threading.enumerate() if thread.name == "daskflow progress"]


def test_what_limits_the_flow_is_a_line_below_the_bar_that_goes_with_the_end():
    shown = console(terminal=True)
    display = progress._BarDisplay(shown, 10)
    display.show(Progress(9, 9, 0, 4.0, 10), 2.0, "sink")
    display._bar.refresh()
    assert "limited by sink" in text(shown)
    display.close(Progress(10, 10, 0, 4.0, 10, 2), 2.5)
    last = text(shown)[text(shown).rindex("10 of 10 messages, 2.5 per second, 2 failed") :]
    assert "limited by" not in last


def test_what_limits_the_flow_is_not_guessed_while_edges_fill_and_not_asked_all_the_time():
    limit, asked = progress._Limit(), []

    def at(elapsed_s: float, name: str) -> str:
        asked.append(name)
        return limit.of(snapshot(metrics(name, "processor", busy=0.9, rate=5.0), elapsed_s=elapsed_s))

    assert at(2.9, "early") == ""
    assert at(3.1, "slow") == "slow"
    assert at(3.9, "other") == "slow"
    assert at(5.2, "other") == "other"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_bar_leaves_room_for_the_words(width):
    shown = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    display = progress._BarDisplay(shown, 300)
    display.show(
        Progress(120, 120, 2, 4.0, 300), 45.1, "detector_with_a_name_that_is_far_too_long_for_this" * 3
    )
    display._bar.refresh()
    display.close(Progress(120, 120, 2, 4.0, 300), 45.1)
    said = text(shown)
    assert "120 of 300 messages, 45.1" in said
    lines = without_control(said)
    assert max(map(len, lines)) <= width
    assert [line for line in lines if "limited by detector_with" in line]


def without_control(shown: str) -> list[str]:
    return re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown))
