"""Where boxes and lines are: what must hold for any graph, and what people expect of some."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daskflow.diagram.crossings import crossings, untangle
from daskflow.diagram.curves import smooth
from daskflow.diagram.layers import layered
from daskflow.diagram.layout import BOX_HEIGHT, BOX_WIDTH, Layout, _layout, layout
from tests.unit.diagram.graphs import CAMERAS, CHAIN, DIAMOND, SKIP, large


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 14))
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=30, unique=True)) if pairs else []
    nodes = draw(st.permutations([f"n{i}" for i in range(count)]))
    return nodes, [(f"n{i}", f"n{j}") for i, j in chosen]


def check(nodes, edges, laid: Layout) -> None:
    assert list(laid.positions) == nodes
    assert list(laid.routes) == edges
    columns: dict[float, list[float]] = {}
    for column, row in laid.positions.values():
        assert column in range(laid.columns)
        assert 0 <= row <= laid.rows - 1
        columns.setdefault(column, []).append(row)
    for rows in columns.values():
        rows.sort()
        assert all(below - above >= 1 for above, below in pairwise(rows))
    for (source, target), route in laid.routes.items():
        assert laid.positions[source][0] < laid.positions[target][0]
        check_route(source, target, route, laid)


def check_route(source: str, target: str, route, laid: Layout) -> None:
    assert route[0][0] == laid.positions[source][0] + BOX_WIDTH / 2
    assert route[-1][0] == laid.positions[target][0] - BOX_WIDTH / 2
    for end, (_, row) in ((source, route[0]), (target, route[-1])):
        assert abs(row - laid.positions[end][1]) < BOX_HEIGHT / 2
    for points in (route, smooth(route)):
        for (x0, y0), (x1, y1) in pairwise(points):
            assert x0 < x1
            assert -BOX_HEIGHT / 2 < y0 < laid.rows - 1 + BOX_HEIGHT / 2
            for name, (column, row) in laid.positions.items():
                if name in (source, target) or x1 <= column - BOX_WIDTH / 2 or x0 >= column + BOX_WIDTH / 2:
                    continue
                assert y0 == y1, "it is level where boxes are"
                assert abs(y0 - row) > BOX_HEIGHT / 2, f"{source} -> {target} runs through {name}"


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_two_boxes_share_a_place_and_no_line_runs_through_one(graph):
    check(*graph, layout(*graph))


@pytest.mark.parametrize("graph", [CHAIN, DIAMOND, SKIP, CAMERAS, large(12, 20), large(40, 80)])
def test_so_it_is_with_graphs_like_flows(graph):
    check(*graph, layout(*graph))


def test_the_same_graph_gives_the_same_picture():
    first = layout(*large(40, 80))
    _layout.cache_clear()
    assert layout(*large(40, 80)) == first


def test_a_chain_is_a_straight_line():
    laid = layout(*CHAIN)
    assert list(laid.positions.values()) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert all(len(route) == 2 and route[0][1] == route[1][1] == 0 for route in laid.routes.values())
    assert (laid.columns, laid.rows) == (4, 1)


def test_a_diamond_is_symmetric():
    laid = layout(*DIAMOND)
    assert laid.positions == {"a": (0, 0.5), "b": (1, 0), "c": (1, 1), "d": (2, 0.5)}
    upper, lower = laid.routes["a", "b"], laid.routes["a", "c"]
    assert [y for _, y in upper] == [1 - y for _, y in lower]


def test_an_edge_that_skips_goes_round_and_leaves_the_chain_straight():
    laid = layout(*SKIP)
    assert [row for _, row in laid.positions.values()] == [0, 0, 0, 0]
    around = laid.routes["a", "d"]
    assert [y for _, y in around[1:-1]] == [0.75, 0.75]
    assert around[1][0] < 1 < 2 < around[2][0], "once for both boxes"


def test_what_hangs_on_a_chain_gives_way():
    nodes, edges = CHAIN
    laid = layout(["shown", *nodes], [("b", "shown"), *edges])
    assert len({laid.positions[name][1] for name in nodes}) == 1
    assert laid.positions["shown"][0] == 2


def test_replicas_of_a_branch_fan_out_around_it():
    nodes = ["a", "x", "y", "z", "b"]
    laid = layout(
        nodes, [(s, t) for s, t in [("a", "x"), ("a", "y"), ("a", "z")]] + [(n, "b") for n in "xyz"]
    )
    assert [laid.positions[name][1] for name in nodes] == [1, 0, 1, 2, 1]


def test_parts_that_are_not_connected_are_below_each_other():
    nodes, edges = CHAIN
    laid = layout(["alone", *nodes, "more"], edges)
    assert [row for _, row in laid.positions.values()] == [0, 1, 1, 1, 1, 2]
    assert laid.rows == 3


def test_edges_cross_no_more_than_they_must():
    """Two chains whose nodes are named in a way that would cross at each column."""
    layers = layered(6, [(0, 3), (1, 2), (2, 5), (3, 4)])
    assert crossings(layers) == 2
    untangle(layers)
    assert crossings(layers) == 0


def test_nothing_is_laid_out_as_nothing():
    assert layout([], []) == Layout()


def test_what_has_no_columns_is_refused():
    with pytest.raises(ValueError, match="circle"):
        layout(["a", "b"], [("a", "b"), ("b", "a")])
    with pytest.raises(ValueError, match="a -> b has an end"):
        layout(["a"], [("a", "b")])


def test_large_graphs_take_no_time():
    times_s = []
    for seed in range(5):
        graph = large(40, 80, seed)
        _layout.cache_clear()
        start_s = time.thread_time()
        layout(*graph)
        times_s.append(time.thread_time() - start_s)
    assert min(times_s) < 0.05, "of computing, on a busy machine"
