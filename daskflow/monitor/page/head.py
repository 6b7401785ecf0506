"""The head of the page: which flow, how far it is, and what limits it, in words."""

from __future__ import annotations

from collections.abc import Mapping

from daskflow.monitor.figures import Progress, clock_words, latencies_of, progress_of, rate_of
from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import (
    escaped,
    number_words,
    rate_words,
    share_words,
    size_words,
    time_words,
)
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

CELLS = {
    "done": ("messages done", "resolved at every consumer, with a result or without one"),
    "rate": ("rate", "messages finished per second, in the last seconds; after the end, over the whole run"),
    "latency": ("latency p50 / p95", "from producer to consumer, of the slowest path, in the last seconds"),
    "dropped": (
        "dropped, failed",
        "messages dropped at full edges or lost with a host, and messages given up",
    ),
    "cores": ("cores busy", "by anything on this machine, and by the flow's tasks"),
    "memory": ("shared memory free", "where frames are, between the tasks"),
}
"""Figures of the flow as a whole, in this order: what is above each, and what it says when pointed at."""


class Head(TextPart):
    """Name, state, figures and verdict.

    Parameters
    ----------
    snapshot : RunSnapshot
        Of the run.
    """

    def __init__(self, snapshot: RunSnapshot) -> None:
        name = escaped(snapshot.flow_name)
        cells = "".join(
            f'<div title="{hint}"><dt>{title}</dt><dd id="head-{cell}"></dd></div>'
            for cell, (title, hint) in CELLS.items()
        )
        self.html = (
            f'<header class="df-head"><h1 title="{name}">{name}</h1>'
            f'<span id="head-state" class="df-state"></span>'
            f'<span class="df-quiet">{escaped(snapshot.flow_type)}, run {escaped(snapshot.run_id[:8])}, '
            f'<span id="head-elapsed"></span></span></header>'
            f'<div class="df-progress" id="head-progress"><div id="head-bar"></div></div>'
            f'<dl class="df-cells">{cells}</dl>'
            f'<p class="df-verdict" role="status"><strong id="head-verdict"></strong> '
            f'<span id="head-advice"></span></p>'
            f'<p class="df-quiet" id="head-rescaled"></p>'
        )

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """What is in them now."""
        progress = progress_of(snapshot)
        total = "" if snapshot.total is None else f" of {snapshot.total:,}"
        share = min(1.0, progress.done / snapshot.total) if snapshot.total else 0.0
        return {
            ("head-state", "text"): snapshot.state,
            ("head-state", "class"): f"df-state df-{snapshot.state}",
            ("head-elapsed", "text"): clock_words(snapshot.elapsed_s),
            ("head-progress", "class"): "df-progress" if snapshot.total else "df-progress df-unknown",
            ("head-bar", "style"): f"width:{share:.1%}",
            ("head-done", "text"): f"{progress.done:,}{total}",
            ("head-rate", "text"): rate_words(rate_of(snapshot)),
            ("head-latency", "text"): _latency(snapshot),
            ("head-dropped", "text"): _dropped(progress),
            ("head-dropped", "class"): "df-bad"
            if progress.dropped or progress.lost or progress.failed
            else "",
            ("head-cores", "text"): _cores(snapshot),
            ("head-memory", "text"): _memory(snapshot),
            ("head-verdict", "text"): f"{verdict.words}.",
            ("head-advice", "text"): verdict.advice,
            ("head-rescaled", "text"): _rescaled(snapshot),
        }


def _rescaled(snapshot: RunSnapshot) -> str:
    """The last change of how many tasks nodes have, and when it was."""
    if not snapshot.rescalings:
        return ""
    last = snapshot.rescalings[-1]
    return f"{last}, at {clock_words(last.elapsed_s)}"


def _dropped(progress: Progress) -> str:
    words = f"{number_words(progress.dropped)}, {number_words(progress.failed)}"
    return words + (f"; {number_words(progress.lost)} lost" if progress.lost else "")


def _latency(snapshot: RunSnapshot) -> str:
    slowest = max(latencies_of(snapshot), key=lambda path: path.quantile_s(0.95), default=None)
    if slowest is None or not slowest.count:
        return "–"
    return f"{time_words(slowest.quantile_s(0.5))} / {time_words(slowest.quantile_s(0.95))}"


def _cores(snapshot: RunSnapshot) -> str:
    machine = snapshot.machine
    return f"{machine.cpu:.1f} of {machine.cores}, flow {machine.flow_cpu:.1f}"


def _memory(snapshot: RunSnapshot) -> str:
    machine = snapshot.machine
    if not machine.shared_memory_bytes:
        return "–"
    share = machine.shared_memory_free_bytes / machine.shared_memory_bytes
    return f"{size_words(machine.shared_memory_free_bytes)}, {share_words(share)}"
