"""Bars, words, columns and rooms."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from daskflow.monitor import Activity
from daskflow.monitor.terminal.bars import bar, cells_of
from daskflow.monitor.terminal.columns import Column, fitted
from daskflow.monitor.terminal.rooms import rooms
from daskflow.monitor.terminal.words import duration, elided, figure, folded, milliseconds, printable, size


def test_a_bar_has_a_part_for_each_share():
    activity = Activity(busy=0.5, copying=0.2, wire=0.05, blocked=0.125, starved=0.125)
    assert bar(activity, 8).plain == "████▓▓▒░"
    assert bar(activity, 8, blocks=False).plain == "####==x."
    assert bar(Activity(), 8).plain == " " * 8


@pytest.mark.parametrize(
    ("shares", "width", "cells"),
    [
        ((1.0, 0.0, 0.0, 0.0), 5, (5, 0, 0, 0)),
        ((0.25, 0.25, 0.25, 0.25), 5, (2, 1, 1, 1)),
        ((0.97, 0.01, 0.01, 0.01), 10, (10, 0, 0, 0)),
        ((0.34, 0.33, 0.33, 0.0), 10, (4, 3, 3, 0)),
        ((0.0, 0.0, 0.0, 0.0), 10, (0, 0, 0, 0)),
        ((0.2, 0.2, 0.0, 0.0), 10, (5, 5, 0, 0)),  # shares that do not sum up are taken for what they are
    ],
)
def test_shares_fill_a_bar(shares, width, cells):
    assert cells_of(shares, width) == cells


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"), (0.0004, "<0.001"), (0.0346, "0.035"), (0.0999, "0.10"), (4.556, "4.56"), (9.996, "10.0"),
        (45.12, "45.1"), (99.96, "100"), (1234.5, "1234"), (9999.4, "9999"), (9999.9, "10.0k"),
        (123_456, "123.5k"), (2_500_000, "2.5M"),
    ],
)  # fmt: skip
def test_figures(value, words):
    assert figure(value) == words
    assert len(words) <= 6


def test_units():
    assert (milliseconds(0.0), milliseconds(0.0351)) == ("", "35.1")
    assert [duration(s) for s in (0.0351, 0.9999, 12.0)] == ["35.1 ms", "1.00 s", "12.0 s"]
    assert [size(n) for n in (0, 4_000, 23_400_000, 999_600_000, 1_500_000_000)] == [
        "", "4.0 kB", "23 MB", "1.0 GB", "1.5 GB"
    ]  # fmt: skip
    assert printable("a\x1b[2Jb\tc\u202ed") == "a?[2Jb?c?d"


@pytest.mark.parametrize("width", range(8, 40))
def test_lines_do_not_end_before_a_per_cent_sign(width):
    text = Text.assemble(("its task is busy 100 % of the time", "yellow"), ", while `sink` waits 99 %")
    lines = folded(text, Console(), width)
    assert " ".join(line.plain for line in lines) == text.plain
    assert max(line.cell_len for line in lines) <= width
    assert not [line for line in lines if line.plain.startswith("%")]
    assert lines[0].spans[0].style == "yellow"


@pytest.mark.parametrize("width", range(1, 30))
@pytest.mark.parametrize("name", ["detector", "bounding_box_annotator-12", "人物検出ノード_追跡"])
def test_a_name_is_never_longer_than_there_is_room_for(name, width):
    short = elided(name, width)
    assert cell_len(short) <= width
    assert (short == name) == (cell_len(name) <= width)


def test_the_ends_of_a_name_stay():
    assert elided("bounding_box_annotator-12", 12) == "boundi…or-12"


def test_columns_are_left_out_before_names_become_too_short():
    names = Column("name", ["x" * 30], 9, is_name=True)
    columns = [names, Column("a", ["1" * 10], 2), Column("b", ["2" * 10], 1)]
    assert [c.header for c in fitted(columns, 54)] == ["name", "a", "b"]
    assert [c.width for c in fitted(columns, 50)] == [26, 10, 10]
    assert [c.width for c in fitted(columns, 41)] == [29, 10]
    assert [c.width for c in fitted(columns, 10)] == [18]


@pytest.mark.parametrize(
    ("wanted", "height", "given"),
    [
        ([], 10, []),
        ([7], 10, [7]),
        ([30], 10, [10]),
        ([3, 30], 20, [3, 16]),
        ([30, 3], 20, [16, 3]),
        ([30, 40, 50], 20, [6, 6, 6]),
        ([5, 5, 5, 5], 7, [1, 1, 1, 1]),
        ([5, 5, 5, 5], 6, [1, 1, 1]),
        ([5, 5, 5, 5], 1, [1]),
    ],
)
def test_room_is_shared(wanted, height, given):
    assert rooms(wanted, height) == given
