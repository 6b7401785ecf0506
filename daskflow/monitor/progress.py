"""How far a running flow has come, on a terminal or as lines in a log."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from daskflow.core.node import Node, ProducerNode
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

BAR_EVERY_S = 0.2
LINE_EVERY_S = 5.0
"""How often the bar moves, and a line is printed where there is no terminal for a bar."""

RATE_OVER_S = 4.0
"""The rate shown is that of so many seconds past: it follows a change, and does not flicker."""


class Followed(Protocol):
    """What is asked of a flow here."""

    @property
    def nodes(self) -> Sequence[Node]:
        """All its nodes."""

    def metrics(self) -> RunSnapshot:
        """Its counters, at any time."""

    def join(self) -> None:
        """Block until it has ended."""


def follow(flow: Followed, *, total: int | None = None, console: Console | None = None) -> RunSnapshot:
    """Show the progress of a running flow; blocks until it has ended, as `Flow.join` does.

    Ctrl-C means what it means there. Nodes that print in their workers write across the bar.

    Parameters
    ----------
    flow : Flow
        A flow that runs.
    total : int, optional
        How many messages there will be; by default what the producers' `length` says.
    console : rich.console.Console, optional
        Where to show it; the standard error stream by default, so that results can be piped. A bar on a
        terminal, elsewhere a line every few seconds.

    Returns
    -------
    RunSnapshot
        The last one.

    Raises
    ------
    FlowFailed
        As `Flow.join` does, if the flow failed. The display has ended by then.
    """
    console = console or Console(stderr=True)
    total = flow_length(flow.nodes) if total is None else total
    display = _BarDisplay(console, total) if console.is_terminal else _LineDisplay(console)
    rate = RecentRate()
    ended = threading.Event()

    def show_while_it_runs() -> None:
        while not ended.wait(display.every_s):
            now = progress_of(flow.metrics(), total)
            display.show(now, rate.after(now))

    watcher = threading.Thread(target=show_while_it_runs, name="daskflow progress", daemon=True)
    watcher.start()
    try:
        flow.join()
    finally:
        ended.set()
        watcher.join()
        last = flow.metrics()
        now = progress_of(last, total)
        display.close(now, now.done / now.elapsed_s if now.elapsed_s else 0.0)
    return last


def flow_length(nodes: Sequence[Node]) -> int | None:
    """How many messages a flow will handle; None where no producer knows.

    Of several producers the shortest counts: where they are joined it ends the join.
    """
    lengths = [node.length for node in nodes if isinstance(node, ProducerNode)]
    return min((length for length in lengths if length is not None), default=None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a flow has come.

    Attributes
    ----------
    produced : int
        Messages that the producers gave; of several producers the most.
    done : int
        Messages that are resolved at every consumer, with a result or without one.
    dropped : int
        Messages dropped, summed over the nodes.
    elapsed_s : float
        Seconds since messages could move; 0 while nodes are still opening.
    total : int or None
        Messages that there will be, where that is known.
    """

    produced: int
    done: int
    dropped: int
    elapsed_s: float
    total: int | None = None

    def words(self, rate: float) -> str:
        """The progress in words, such as ``120 of 300 messages, 45.1 per second, 2 dropped``."""
        if not self.elapsed_s:
            return "starting"
        count = f"{self.done}" if self.total is None else f"{self.done} of {self.total}"
        dropped = f", {self.dropped} dropped" if self.dropped else ""
        return f"{count} messages, {rate:.1f} per second{dropped}"


def progress_of(snapshot: RunSnapshot, total: int | None = None) -> Progress:
    """Read the progress off a snapshot."""
    nodes = list(snapshot.nodes.values())
    producers = [node for node in nodes if node.kind == "producer"]
    ends = [node for node in nodes if node.kind == "consumer"]
    if not ends:  # a flow may end in processors
        ends = [node for node in nodes if node.kind != "producer"]
    produced = max((node.emitted + node.skipped for node in producers), default=0)
    return Progress(
        produced=produced,
        done=min((_resolved(node) for node in ends), default=produced),
        dropped=sum(node.dropped for node in nodes),
        elapsed_s=snapshot.elapsed_s,
        total=total,
    )


def _resolved(node: NodeMetrics) -> int:
    return node.received + node.dropped + node.voided


class RecentRate:
    """Messages per second over the last few seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])

    def after(self, now: Progress) -> float:
        """The rate, with `now` as the latest thing known."""
        self._seen.append((now.elapsed_s, now.done))
        while len(self._seen) > 2 and self._seen[1][0] <= now.elapsed_s - RATE_OVER_S:
            self._seen.popleft()
        since_s, done = self._seen[0]
        return (now.done - done) / (now.elapsed_s - since_s) if now.elapsed_s > since_s else 0.0


class _BarDisplay:
    every_s = BAR_EVERY_S

    def __init__(self, console: Console, total: int | None) -> None:
        known = () if total is None else (TimeRemainingColumn(),)
        self._bar = Bar(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            *known,
            console=console,
            # Rich prints what it redirects on its own console: a piped stream must not end up there.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("starting", total=total)
        self._bar.start()

    def show(self, now: Progress, rate: float) -> None:
        self._bar.update(self._task, completed=now.done, description=now.words(rate))

    def close(self, now: Progress, rate: float) -> None:
        self.show(now, rate)
        self._bar.stop()


class _LineDisplay:
    every_s = LINE_EVERY_S

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, now: Progress, rate: float) -> None:
        self._console.print(now.words(rate), highlight=False, soft_wrap=True)

    def close(self, now: Progress, rate: float) -> None:
        self.show(now, rate)
