"""The figure of a diagram: nothing overlaps, nothing sticks out."""

from __future__ import annotations

from itertools import combinations

import pytest

from daskflow.diagram.content import Box, Diagram
from daskflow.diagram.curves import smooth
from daskflow.diagram.drawn import drawn
from daskflow.diagram.figure import Curve, Panel, Words
from daskflow.diagram.style import EM
from daskflow.diagram.wrapping import width_of
from tests.unit.diagram.graphs import DIAGRAMS

Rectangle = tuple[float, float, float, float]


def of(words: Words) -> Rectangle:
    width = width_of(words.text) * EM * words.size
    assert width <= words.width + 1e-6, words
    return words.x, words.y - 0.75 * words.size, words.x + width, words.y


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def inside(one: Rectangle, other: Rectangle) -> bool:
    return other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]


@pytest.fixture(params=DIAGRAMS)
def diagram(request):
    return DIAGRAMS[request.param]


def test_nothing_overlaps_and_text_stays_in_its_box(diagram):
    figure = drawn(diagram)
    boxes = [
        (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
        for shape in figure.shapes
        if isinstance(shape, Panel) and shape.says
    ]
    texts = [of(shape) for shape in figure.shapes if isinstance(shape, Words)]
    area = (0.0, 0.0, figure.width, figure.height)
    assert len(boxes) == len(diagram.boxes)
    assert all(inside(rectangle, area) for rectangle in [*boxes, *texts])
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    assert not [pair for pair in combinations(texts, 2) if overlap(*pair)]
    for text in texts:
        assert all(inside(text, box) for box in boxes if overlap(text, box))


def test_lines_run_through_no_box_and_no_label(diagram):
    figure = drawn(diagram)
    curves = [shape for shape in figure.shapes if isinstance(shape, Curve)]
    panels = [shape for shape in figure.shapes if isinstance(shape, Panel) and shape.says]
    taken = [(p.x, p.y, p.x + p.width, p.y + p.height) for p in panels]
    taken += [of(shape) for shape in figure.shapes if isinstance(shape, Words)]
    assert len(curves) == len(diagram.lines)
    for curve in curves:
        for x, y in smooth(curve.route, 40)[1:-1]:
            assert 0 <= y <= figure.height
            assert not any(x0 < x < x1 and y0 < y < y1 for x0, y0, x1, y1 in taken)


def test_most_labels_of_a_large_graph_find_room():
    figure = drawn(DIAGRAMS["forty"])
    labels = {shape.text for shape in figure.shapes if isinstance(shape, Words)}
    found = [line.label for line in DIAGRAMS["forty"].lines if line.label in labels]
    assert len(found) > 0.7 * len(DIAGRAMS["forty"].lines)


def test_a_bar_is_as_long_as_its_shares():
    bar = [
        shape
        for shape in drawn(Diagram("", [Box("a", shares={"busy": 0.5, "blocked": 0.7})], [])).shapes
        if isinstance(shape, Panel) and shape.height == 7.0
    ]
    busy, blocked, frame = bar
    assert busy.width == pytest.approx(frame.width / 2)
    assert blocked.x + blocked.width == pytest.approx(frame.x + frame.width), "it does not stick out"


def test_an_empty_diagram_is_an_empty_picture():
    figure = drawn(Diagram("", [], []))
    assert figure.shapes == []
    assert figure.width > 0 < figure.height
