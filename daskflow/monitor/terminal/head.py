"""What is said of a flow above its tables: how it stands, what limits it, what went wrong last."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from daskflow.core.histogram import Histogram
from daskflow.monitor.figures import clock_words, latency_of, progress_of, rate_of
from daskflow.monitor.snapshot import FAILED, RUNNING, RunSnapshot
from daskflow.monitor.terminal.words import duration, elided, figure, folded, printable
from daskflow.monitor.verdict import Verdict

LONGEST_NAME = 40
"""Of a flow, in cells."""


def head_line(snapshot: RunSnapshot, width: int, dots: str = "…") -> Text:
    """The flow in one line of at most `width` cells; what matters less is further right, and is left out."""
    now = progress_of(snapshot)
    name = elided(printable(snapshot.flow_name), min(LONGEST_NAME, width // 3), dots)
    line = Text.assemble((name, "bold"), "  ", (snapshot.state, _state_style(snapshot.state)), no_wrap=True)
    facts = [Text(clock_words(now.elapsed_s)), Text(_count(snapshot)), Text(f"{figure(rate_of(snapshot))}/s")]
    facts += [Text(f"{now.failed} failed", "red")] if now.failed else []
    facts += [Text(f"{now.dropped} dropped", "red")] if now.dropped else []
    facts += [Text(f"{now.lost} lost", "red")] if now.lost else []
    latency = latency_of(snapshot)
    facts += [Text(_latency(latency))] if latency.count else []
    facts += [Text(snapshot.flow_type, "dim"), Text(f"run {snapshot.run_id[:8]}", "dim")]
    for fact in facts:
        if line.cell_len + 2 + fact.cell_len > width:
            break
        line = Text.assemble(line, "  ", fact, no_wrap=True)
    return line


def _count(snapshot: RunSnapshot) -> str:
    now = progress_of(snapshot)
    share = f" ({now.done / now.total:.0%})" if now.total else ""
    return f"{now.count}{share}"


def _latency(latency: Histogram) -> str:
    p50, p95 = (duration(latency.quantile_s(share)) for share in (0.5, 0.95))
    return f"latency p50 {p50}, p95 {p95}"


def _state_style(state: str) -> str:
    return {RUNNING: "green", FAILED: "bold red"}.get(state, "yellow")


def verdict_lines(verdict: Verdict, console: Console, width: int) -> list[Text]:
    """The verdict, folded to a width."""
    words = Text.assemble((printable(verdict.words), "yellow"))
    if verdict.advice:
        words.append(f". {printable(verdict.advice)}")
    return folded(words, console, width)


def mishap_lines(snapshot: RunSnapshot, width: int, dots: str = "…") -> list[Text]:
    """The last thing that went wrong, in one line; none where nothing did."""
    if not snapshot.mishaps:
        return []
    last = snapshot.mishaps[-1]
    where = last.task or last.node
    at = time.strftime("%H:%M:%S", time.localtime(last.time_s))
    number = "" if last.number is None else f", message {last.number}"
    words = printable(" ".join(last.words.split()))
    line = Text(f"{at} {last.level} {where}{number}: {words}", "red", no_wrap=True)
    if line.cell_len > width:
        line.truncate(width - len(dots))
        line.append(dots)
    return [line]
