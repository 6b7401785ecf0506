"""What is shown of a running flow."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from daskflow.monitor import progress
from daskflow.monitor.progress import Progress, RecentRate, flow_length, follow, progress_of
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.monitor.snapshots import metrics, snapshot


class FakeFlow:
    """Ends when it has been asked `asked` times how far it is."""

    def __init__(self, asked: int, *, failure: BaseException | None = None, end: int | None = 9) -> None:
        self.nodes = [IntProducer(0, end)]
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
            metrics("source", "producer", emitted=done),
            metrics("sink", "consumer", received=done),
            elapsed_s=2.0 * done,
        )

    def join(self) -> None:
        self.joined_by.append(threading.current_thread())
        assert self._over.wait(10)
        if self._failure is not None:
            raise self._failure


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(progress._LineDisplay, "every_s", 0.001)
    monkeypatch.setattr(progress._BarDisplay, "every_s", 0.001)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100)


def text(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


def test_a_message_is_done_when_every_consumer_has_resolved_it():
    now = progress_of(
        snapshot(
            metrics("source", "producer", emitted=20),
            metrics("work", "processor", received=15, emitted=12, dropped=2),
            metrics("fast", "consumer", received=9, voided=3, dropped=1),
            metrics("slow", "consumer", received=8, voided=2),
            elapsed_s=4.0,
        ),
        30,
    )
    assert now == Progress(produced=20, done=10, dropped=3, elapsed_s=4.0, total=30)


def test_a_flow_without_consumers_is_done_when_its_processors_are():
    source = metrics("source", "producer", emitted=7)
    assert progress_of(snapshot(source, metrics("work", "processor", received=4))).done == 4
    assert progress_of(snapshot(source)).done == 7


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Progress(0, 0, 0, 0.0, 300), "starting"),
        (Progress(9, 7, 0, 1.0, 300), "7 of 300 messages, 3.5 per second"),
        (Progress(9, 7, 2, 1.0), "7 messages, 3.5 per second, 2 dropped"),
    ],
)
def test_words(now, words):
    assert now.words(3.5) == words


def test_the_rate_is_that_of_the_last_seconds():
    rate = RecentRate()
    assert rate.after(Progress(0, 0, 0, 0.0)) == 0.0
    assert rate.after(Progress(0, 20, 0, 2.0)) == 10.0
    for second in range(3, 20):
        latest = rate.after(Progress(0, 20, 0, float(second)))
    assert latest == 0.0


def test_the_shortest_producer_that_knows_gives_the_length():
    one = IntProducer(0, 9)
    assert flow_length([one, IntProducer(0, 4), IntProducer(0), IdentityProcessor()(one)]) == 5
    assert flow_length([IntProducer(0)]) is None


def test_lines_where_there_is_no_terminal():
    flow, shown = FakeFlow(5), console(terminal=False)
    last = follow(flow, console=shown)
    assert last["sink"].received == 10
    lines = text(shown).splitlines()
    assert lines[0] == "1 of 10 messages, 0.5 per second"
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
    follow(FakeFlow(2, end=None), console=unknown)
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
