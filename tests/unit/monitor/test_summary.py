"""The table of nodes at the end of a run."""

from __future__ import annotations

import io

from rich.console import Console

from daskflow.monitor.summary import print_summary
from tests.unit.monitor.snapshots import metrics, snapshot

SOURCE = metrics(
    "video_reader", "producer", emitted=300, process_time_s=0.0025, rate=59.06, busy=0.25, blocked=0.75,
    span_s=10.0,
)  # fmt: skip
SINK = metrics(
    "writer", "consumer", received=290, process_time_s=0.016, rate=58.0, possible_rate=60.0, busy=0.97,
    starved=0.03, span_s=10.0,
)  # fmt: skip


def printed(*nodes, terminal: bool, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)
    print_summary(snapshot(*nodes, elapsed_s=10.0), console)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_terminal_gets_two_tables_without_columns_of_zeros_and_the_verdict():
    lines = printed(SOURCE, SINK, terminal=True)
    assert lines[0].split() == ["node", "tasks", "received", "emitted"]
    assert lines[1].split() == ["video_reader", "1", "300"]
    assert lines[2].split() == ["writer", "1", "290"]
    assert lines[4].split() == ["possible", "actual", "ms"]
    assert lines[5].split() == ["node", "rate", "rate", "each", "busy", "blocked", "starved", "bottleneck"]
    assert lines[6].split() == ["video_reader", "236.2", "59.1", "2.50", "25%", "75%", "0%"]
    assert lines[7].split() == ["writer", "60.0", "58.0", "16.00", "97%", "0%", "3%", "effective"]
    assert lines[9].startswith("`writer` limits the flow to 58 messages/s")


def test_what_was_lost_is_shown_where_something_was():
    lossy = metrics("slow", "processor", received=5, emitted=4, failed=1, dropped=12, restarts=2)
    lines = printed(SOURCE, lossy, terminal=True)
    assert lines[0].split()[4:] == ["dropped", "failed", "restarts"]
    assert lines[2].split() == ["slow", "1", "5", "4", "12", "1", "2"]


def test_all_figures_fit_a_terminal_of_80_columns():
    wide = metrics(
        "bounding_box_annotator_of_faces", "processor", nb_tasks=12, received=10**6, emitted=10**6,
        skipped=10**6, dropped=10**6, failed=10**6, restarts=100, gaps=100,
        rate=12345.6, possible_rate=12345.6,
        process_time_s=1.2345, busy=1.0, span_s=10.0,
    )  # fmt: skip
    lines = printed(wide, terminal=True)
    counts, rates = (next(line.split() for line in lines[i:] if line.startswith("bound")) for i in (0, 5))
    assert counts[1:] == ["12", "1000000", "1000000", "1000000", "1000000", "1000000", "100", "100"]
    assert rates[1:] == ["12345.6", "12345.6", "1234.50", "100%", "0%", "0%", "effective"]


def test_a_log_gets_the_plain_tables_unwrapped():
    lines = printed(SOURCE, SINK, terminal=False, width=30)
    assert lines == [line.rstrip() for line in str(snapshot(SOURCE, SINK, elapsed_s=10.0)).splitlines()]
    assert lines[-1].startswith("`writer` limits the flow to 58 messages/s")


def test_a_short_run_has_its_figures_and_no_advice():
    source = metrics("source", "producer", emitted=3, rate=3.0, busy=0.5, span_s=1.0)
    lines = printed(
        source, metrics("sink", "consumer", received=3, rate=3.0, busy=0.5, span_s=1.0), terminal=False
    )
    assert "effective" not in "".join(lines)
    assert lines[-1].startswith("too little has happened")
