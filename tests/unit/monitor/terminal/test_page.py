"""Flows on a terminal: at each size something useful, and nothing cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daskflow.monitor import Mishap
from daskflow.monitor.terminal.page import Page
from tests.unit.monitor.snapshots import metrics, snapshot
from tests.unit.monitor.terminal.runs import LONG, lines_of, run_of

MISHAP = Mishap(0.0, "ERROR", "writer", "writer-0", 17, "ValueError: \x1b[31mno boxes\nhere", "Traceback")


def header(lines: list[str]) -> list[str]:
    return next(line for line in lines if line.startswith("  node")).split()


@pytest.mark.parametrize("width", [45, 60, 80, 120, 200])
@pytest.mark.parametrize("count", [3, 40])
@pytest.mark.parametrize("runs", [1, 3])
def test_a_screen_is_filled_and_nothing_is_wider_or_folded(width, count, runs):
    page = Page([run_of(count, name=f"flow{i}") for i in range(runs)], fills_screen=True, note="q ends")
    lines = lines_of(page, width, 24)
    assert len(lines) == 24
    assert max(map(len, lines)) <= width
    assert [f"flow{i}" for i in range(runs)] == [s.split()[0] for s in lines if s.startswith("flow")]
    assert len([line for line in lines if line.startswith("▶")]) == runs, "each bottleneck is in sight"
    assert lines[-1].startswith("█ busy  ▓ copying  ▒ blocked  ░ starved"[: width - len("   q ends")])
    assert ("▶ limits the flow" in lines[-1]) == (width >= 80)
    assert lines[-1].endswith("q ends")


def test_the_head_says_how_the_flow_stands():
    head, verdict = lines_of(Page([run_of(3)]), 120)[:2]
    assert head.split("  ")[:4] == ["people", "running", "1:23", "500 of 795 (63%)"]
    assert "25.2/s  latency p50 " in head
    assert head.endswith("batch  run run")
    assert verdict == f"{LONG}_0 limits the flow. Take more of it"


def test_columns_go_by_importance():
    wide, middle, narrow = (header(lines_of(Page([run_of(3)]), width)) for width in (200, 90, 60))
    assert " ".join(wide) == "node tasks device rate/s possible ms p50 p95 time waiting CPU memory"
    assert " ".join(middle) == "node tasks rate/s possible ms p50 p95 time waiting CPU"
    assert narrow == ["node", "tasks", "rate/s", "time", "waiting"]


def test_what_was_lost_has_columns_where_anything_was():
    run = snapshot(
        metrics("reader", "producer", rate=1.0),
        metrics("slow", "processor", rate=1.0, dropped=12, failed=3, restarts=1, busy=1.0, waiting=4),
    )
    lines = lines_of(Page([run]), 80)
    assert " ".join(header(lines)) == "node tasks rate/s time waiting dropped failed restarts"
    row = next(line for line in lines if "▶ slow" in line)
    assert row.split()[-4:] == ["4", "12", "3", "1"]
    assert "3 failed  12 dropped" in lines[0]


def test_where_nodes_do_not_fit_the_rest_is_summed_up():
    lines = lines_of(Page([run_of(40)], fills_screen=True), 100, 12)
    assert [line.split()[-1] for line in lines if line.startswith("▶")]
    (others,) = [line for line in lines if "more nodes" in line]
    assert others.strip() == "and 33 more nodes, none busier than 41%"


def test_tasks_are_shown_where_there_is_room_for_some():
    def tasks(height: int, **options: object) -> list[str]:
        lines = lines_of(Page([run_of(3, tasks_each=4)], fills_screen=True, **options), 100, height)
        start = [i for i, line in enumerate(lines) if line.startswith("  task ")]
        return lines[start[0] + 1 :] if start else []

    assert tasks(9) == []
    some = tasks(15)
    assert [line.split()[0] for line in some if "working" in line][-4:] == [
        f"bounding_box_annota…of_the_left_half_0-{k}" for k in range(4)
    ]
    assert "  and 7 more tasks" in some
    assert len([line for line in tasks(40) if "working" in line]) == 12
    assert tasks(40, has_tasks=False) == []


def test_more_flows_than_lines():
    lines = lines_of(Page([run_of(3, name=f"flow{i}") for i in range(9)], fills_screen=True), 80, 8)
    assert [line.split()[0] for line in lines if line.startswith("flow")] == ["flow0", "flow1", "flow2"]
    assert "and 6 more flows: choose with --flow NAME" in lines
    assert len(lines) == 8
    lines = lines_of(Page([run_of(3, name=f"flow{i}") for i in range(4)], fills_screen=True), 80, 7)
    assert "and 1 more flow: choose with --flow NAME" in lines


def test_a_long_verdict_is_folded_or_where_there_is_little_room_cut_between_words():
    high, low = (lines_of(Page([run_of(3)], fills_screen=True), 60, height) for height in (20, 6))
    assert high[1:3] == [f"{LONG}_0 limits the flow.", "Take more of it"]
    assert low[1] == f"{LONG}_0 limits the flow. …"


def test_the_last_mishap_is_one_line_that_moves_no_cursor():
    lines = lines_of(Page([replace(run_of(3), mishaps=(MISHAP,))]), 100)
    assert lines[2].split(" ", 1)[1] == "ERROR writer-0, message 17: ValueError: ?[31mno boxes here"


def test_without_a_screen_to_fill_everything_is_shown():
    lines = lines_of(Page([run_of(40, tasks_each=2)]), 150, 10)
    assert len([line for line in lines if "working" in line]) == 80
    assert len(lines) == 1 + 1 + 1 + 40 + 1 + 1 + 80 + 1 + 1


def test_colours_only_on_a_terminal_and_letters_where_there_are_no_blocks():
    assert "\x1b" not in "".join(lines_of(Page([run_of(3)]), 80))
    assert "\x1b[" in "".join(lines_of(Page([run_of(3)]), 80, colour=True))
    assert "\n".join(lines_of(Page([run_of(3)], note="q ends"), 45, encoding="ascii")).isascii()
    plain = "\n".join(lines_of(Page([run_of(3)]), 80, encoding="ascii"))
    assert "> bounding_" in plain
    assert "################" in plain
    assert plain.isascii()


def test_a_flow_that_has_not_begun():
    lines = lines_of(Page([snapshot(metrics("reader", "producer"), elapsed_s=0.0, state="starting")]), 80)
    assert lines[0].startswith("flow  starting  0:00  0  0/s")
    assert lines[1] == "nothing has been finished yet"
