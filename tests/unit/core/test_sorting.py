from __future__ import annotations

from typing import Any

from daskflow.core.sorting import find_cycle, has_cycle, topological_sort
from tests.unit.core.nodes import Many, One, Sink, Source, Two


def _cycle() -> tuple[Source, Many, One, One]:
    source = Source("source")
    entry, middle = Many(name="entry"), One(name="middle")
    middle(entry)
    back = One(name="back")(middle)
    entry(source, back)
    return source, entry, middle, back


def test_chain_and_diamond_have_no_cycle() -> None:
    source = Source()
    left, right = One()(source), One()(source)
    Sink()(Two()(left, right))
    assert not has_cycle([source])
    assert find_cycle([source]) is None


def test_cycle_is_found_and_named_in_order() -> None:
    source, entry, middle, back = _cycle()
    assert has_cycle([source])
    found = find_cycle([source])
    assert found is not None
    start = found.index(entry)
    assert found[start:] + found[:start] == [entry, middle, back]


def test_node_that_reads_itself() -> None:
    node = Many(name="self")
    node(Source("s"), node)
    assert find_cycle([node]) == [node]


def test_cycle_below_a_second_root_only() -> None:
    ring = _cycle()
    assert has_cycle([Source(), ring[0]])


def test_sort_puts_parents_first() -> None:
    first, second = Source("first"), Source("second")
    a = One(name="a")(first)
    b = Two(name="b")(a, second)
    c = One(name="c")(a)
    d = Sink("d")(b, c, first)
    order = topological_sort([first, second])
    assert sorted(map(repr, order)) == sorted(map(repr, [first, second, a, b, c, d]))
    for node in order:
        assert all(order.index(parent) < order.index(node) for parent in node.parents or [])


def test_sort_keeps_chains_together_and_the_order_of_wiring() -> None:
    source = Source()
    left = One(name="left")(source)
    right = One(name="right")(source)
    left_end, right_end = Sink("left end")(left), Sink("right end")(right)
    assert topological_sort([source]) == [source, left, left_end, right, right_end]


def test_sort_stops_below() -> None:
    source = Source()
    a = One()(source)
    b = One()(a)
    Sink()(b)
    assert topological_sort([a], stop_below=b) == [a, b]
    assert topological_sort([a], stop_below=a) == [a]


def test_deep_graph_does_not_recurse() -> None:
    nodes: list[Any] = [Source()]
    for _ in range(3000):
        nodes.append(One()(nodes[-1]))
    assert topological_sort([nodes[0]]) == nodes
    assert not has_cycle([nodes[0]])


def test_same_names_under_videoflow_s_path() -> None:
    from daskflow.utils.graph import has_cycle as old_has_cycle
    from daskflow.utils.graph import topological_sort as old_sort

    assert (old_has_cycle, old_sort) == (has_cycle, topological_sort)
