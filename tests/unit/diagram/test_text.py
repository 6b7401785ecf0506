"""Diagrams on a terminal."""

from __future__ import annotations

import pytest

from daskflow.diagram.content import Box, Diagram, Line, shown
from daskflow.diagram.text import text_diagram
from daskflow.diagram.tracks import Piece, makes_way, tracks_of
from daskflow.diagram.wrapping import shortened, width_of, wrapped
from tests.unit.diagram.graphs import CAMERAS, DIAGRAMS, DIAMOND, LONG_NAMES, SKIP, Graph, diagram, large


def bare(graph: Graph) -> str:
    drawing = diagram(graph)
    return text_diagram(Diagram("", [Box(box.name, box.kind) for box in drawing.boxes], drawing.lines), 200)


def test_a_diamond():
    assert bare(DIAMOND).splitlines() == [
        "         ┌───┐",
        "      ┌─▸│ b │─┐",
        "╭───┐ │  └───┘ │    ┌───╮",
        "│ a │─┤        └─┬─▸│ d │",
        "╰───┘ │  ╔═══╗   │  └───╯",
        "      └─▸║ c ║───┘",
        "         ╚═══╝",
    ]


def test_an_edge_that_skips_goes_round():
    assert bare(SKIP).splitlines() == [
        "╭───┐    ┌───┐    ╔═══╗    ┌───╮",
        "│ a │─┬─▸│ b │───▸║ c ║─┬─▸│ d │",
        "╰───┘ │  └───┘    ╚═══╝ │  └───╯",
        "      │                 │",
        "      └─────────────────┘",
    ]


def test_lines_that_only_cross_do_not_look_joined():
    nodes = ["a", "b", "c", "p", "q", "r", "s"]
    edges = [("a", "p"), ("b", "q"), ("c", "r"), ("a", "r"), ("b", "s"), ("p", "s"), ("q", "s"), ("r", "s")]
    drawing = bare((nodes, edges))
    assert "─│─" in drawing


def test_lines_take_turns_so_that_none_seems_to_go_on_where_it_does_not():
    """From c to e and g only, while d, in the row of e, leads to e, g and h."""
    pieces = [Piece("c", "e", 0, 6), Piece("c", "g", 0, 0), Piece("d", "e", 6, 6), Piece("d", "h", 6, 12)]
    tracks = tracks_of(pieces)
    assert tracks == {"d": 0, "c": 1}, "d has turned off before c comes in"
    assert not any(makes_way(piece, pieces, tracks) for piece in pieces)
    assert makes_way(pieces[0], pieces, {"c": 0, "d": 1})


def test_a_line_that_cannot_wait_its_turn_comes_in_one_row_lower():
    """Node 4 leads to node 5 only, and the line of node 3 that leads to 6 and 7 too turns off behind that."""
    assert "node_3 │─│───┼─▸│ node_5 │\n" in bare(large(8, 12, 5))
    assert "└────────┘ └───│─▸└────────╯\n" in bare(large(8, 12, 5))


@pytest.mark.parametrize("name", DIAGRAMS)
def test_boxes_are_whole(name):
    """No line covers part of a box: each of its lines of text is there as it was put in."""
    drawing = text_diagram(DIAGRAMS[name], 10_000)
    for box in DIAGRAMS[name].boxes:
        for words in (*wrapped(box.name.replace("\x07", "\N{REPLACEMENT CHARACTER}"), 22), *box.words):
            assert f" {words} " in drawing
    assert drawing.count("▸") == len({line.target for line in DIAGRAMS[name].lines})
    assert drawing.count("╭") == sum(box.kind == "producer" for box in DIAGRAMS[name].boxes)


def test_where_there_is_less_room_boxes_have_only_names():
    drawing = text_diagram(diagram(CAMERAS), 120)
    assert max(map(width_of, drawing.splitlines())) <= 120
    assert "║ tracker ║─" in drawing
    assert "processor" not in drawing


def test_what_is_too_wide_is_a_list():
    drawing = diagram(CAMERAS, LONG_NAMES)
    lines = text_diagram(drawing, 100).splitlines()
    assert len(lines) == len(drawing.boxes)
    assert lines[0].split(" ▸ ")[1] == f"{LONG_NAMES['detector']}, {LONG_NAMES['boxes']}"
    arrows = {width_of(line.partition("▸")[0]) for line in lines if "▸" in line}
    assert len(arrows) == 1, "they are below each other"


def test_nothing_and_one():
    assert text_diagram(Diagram("", [], []), 80) == ""
    assert text_diagram(Diagram("", [Box("a")], []), 80) == "┌───┐\n│ a │\n└───┘"
    assert text_diagram(Diagram("", [Box("a"), Box("b")], [Line("a", "b")]), 13) == "a\nb".replace(
        "a", "a    ▸ b"
    )


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("detector", ["detector"]),
        ("detect_people_now", ["detect_", "people_now"]),
        ("detectPeopleNow", ["detect", "PeopleNow"]),
        ("detectpeoplenow", ["detectpeop", "lenow"]),
        ("abcdefghij_klmnopqrst_uvwxyz", ["abcdefghij", "…st_uvwxyz"]),
        ("日本語の名前です", ["日本語の名", "前です"]),
    ],
)
def test_long_names_are_broken_between_words(name, lines):
    assert wrapped(name, 10) == lines
    assert all(width_of(line) <= 10 for line in lines)


@pytest.mark.parametrize(
    ("text", "drawn_as", "width"),
    [
        ("می\u200cخواهم", "می\u200cخواهم", 7),
        ("👩\u200d🚀", "👩\u200d🚀", 4),
        ("前\u3000後", "前\u3000後", 6),
        ("a\u00a0b", "a\u00a0b", 3),
        ("ที่", "ที่", 1),
        ("a\n\u202e\u200b\ud800", "a" + 4 * "\N{REPLACEMENT CHARACTER}", 5),
    ],
)
def test_what_is_part_of_words_is_drawn_and_what_would_mislead_is_a_sign(text, drawn_as, width):
    assert shown(text) == drawn_as
    assert width_of(drawn_as) == width


def test_long_lines_are_cut():
    assert shortened("a + b + c", 9) == "a + b + c"
    assert shortened("a + b + c", 8) == "a + b +…"
