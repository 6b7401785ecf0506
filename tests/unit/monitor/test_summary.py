"""The table of nodes at the end of a run."""

from __future__ import annotations

import io

from rich.console import Console

from daskflow.monitor.summary import print_summary
from tests.unit.monitor.snapshots import metrics, snapshot

SOURCE = metrics("video_reader", "producer", emitted=300, process_time_s=0.0025, rate=59.06, busy=0.25)
SINK = metrics("writer", "consumer", received=290, rate=58.0, busy=0.5, blocked=0.0, starved=0.5)


def printed(*nodes, terminal: bool, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)
    print_summary(snapshot(*nodes), console)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_terminal_gets_a_row_per_node_without_columns_of_zeros():
    lines = printed(SOURCE, SINK, terminal=True)
    assert lines[1].split() == (
        ["node", "tasks", "received", "emitted", "each", "second", "busy", "blocked", "starved"]
    )
    assert lines[2].split() == ["video_reader", "1", "300", "2.50", "59.1", "25%", "0%", "0%"]
    assert lines[3].split() == ["writer", "1", "290", "0.00", "58.0", "50%", "0%", "50%"]


def test_what_was_lost_is_shown_where_something_was():
    lossy = metrics("slow", "processor", received=5, emitted=4, failed=1, dropped=12, restarts=2)
    lines = printed(SOURCE, lossy, terminal=True, width=120)
    header, row = lines[1].split(), lines[3].split()
    assert [header.index(word) for word in ("dropped", "failed", "restarts")] == [4, 5, 6]
    assert row[2:7] == ["5", "4", "12", "1", "2"]


def test_all_figures_fit_a_terminal_of_80_columns():
    wide = metrics(
        "bounding_box_annotator", "processor", nb_tasks=12, received=10**6, emitted=10**6, rate=12345.6,
        process_time_s=1.2345, busy=1.0, blocked=1.0, starved=1.0,
    )  # fmt: skip
    lines = printed(wide, terminal=True)
    assert lines[2].split() == [
        "bounding_box_annotator"[: len(lines[2].split()[0])],
        "12", "1000000", "1000000", "1234.50", "12345.6", "100%", "100%", "100%",
    ]  # fmt: skip


def test_a_log_gets_the_plain_table_unwrapped():
    lines = printed(SOURCE, SINK, terminal=False, width=30)
    assert lines == [line.rstrip() for line in str(snapshot(SOURCE, SINK)).splitlines()]
