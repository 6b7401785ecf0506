"""Labels of edges are where there is room for them."""

from __future__ import annotations

from itertools import pairwise, product

from daskflow.diagram.layout import layout
from daskflow.monitor.page.labels import CLOSEST, label_places


def places(*edges):
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    return label_places(layout(names, edges).routes)


def test_an_edge_has_its_label_at_its_end():
    laid = places(("a", "b"), ("b", "c"))
    assert [(place.is_at_source, place.is_alone) for place in laid.values()] == [(False, True)] * 2


def test_some_edges_have_it_at_the_end_that_they_share():
    laid = places(*product("abc", "z"))
    assert [(place.is_at_source, place.is_alone) for place in laid.values()] == [(False, False)] * 3


def test_many_have_it_where_they_begin():
    laid = places(*product("abcdefgh", "z"))
    assert len(laid) == 8
    assert all(place.is_at_source and place.is_alone for place in laid.values())


def test_they_are_missing_where_there_is_no_room():
    assert places(*product("abcdefgh", "ijklmnop")) == {}


def test_they_are_never_too_close():
    for count in range(2, 12):
        points = [place.point for place in places(*product("abcdefghijkl"[:count], "yz")).values()]
        for column in {x for x, _ in points}:
            rows = sorted(row for x, row in points if x == column)
            assert all(below - above >= CLOSEST for above, below in pairwise(rows))
