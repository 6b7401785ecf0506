from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daskflow.ledger.numbers import NumberSet


def filled(*numbers: int) -> NumberSet:
    result = NumberSet()
    for number in numbers:
        result.add(number)
    return result


def test_a_new_one_is_empty() -> None:
    assert 0 not in NumberSet()
    assert NumberSet().low == 0
    assert NumberSet().runs == []


def test_in_order_there_is_only_a_watermark() -> None:
    numbers = filled(0, 1, 2)
    assert numbers.low == 3
    assert numbers.runs == []


def test_a_gap_leaves_a_run_above_it() -> None:
    numbers = filled(0, 2, 3)
    assert (numbers.low, numbers.runs) == (1, [(2, 4)])
    assert 1 not in numbers
    assert 3 in numbers
    assert 4 not in numbers


def test_filling_the_gap_lifts_the_watermark_over_the_run() -> None:
    numbers = filled(1, 2, 4, 0)
    assert (numbers.low, numbers.runs) == (3, [(4, 5)])


def test_runs_grow_at_both_ends_and_merge() -> None:
    assert filled(5, 4).runs == [(4, 6)]
    assert filled(5, 6).runs == [(5, 7)]
    assert filled(5, 7, 6).runs == [(5, 8)]
    assert filled(9, 5, 7).runs == [(5, 6), (7, 8), (9, 10)]


@given(st.integers(0, 40).flatmap(lambda n: st.permutations(range(n))), st.integers(0, 40))
def test_it_is_a_set(order: list[int], count: int) -> None:
    numbers, plain = NumberSet(), set()
    for number in order[:count]:
        numbers.add(number)
        plain.add(number)
        assert {n for n in range(45) if n in numbers} == plain
        assert numbers.low == min(set(range(45)) - plain)
        above = [n for start, end in numbers.runs for n in range(start, end)]
        assert above == sorted(n for n in plain if n > numbers.low)
    ends = [end for _, end in numbers.runs]
    starts = [start for start, _ in numbers.runs]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))  # else they were one


def test_what_it_keeps_follows_the_gaps() -> None:
    assert len(filled(*range(1, 10_000)).runs) == 1
