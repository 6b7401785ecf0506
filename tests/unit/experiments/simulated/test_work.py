"""How long calls take: constants, histograms, profiles, and of which nodes it is said."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow.advice import FlowProfile
from daskflow.advice.profile import NodeProfile
from daskflow.core.histogram import Histogram, bucket_of
from daskflow.experiments.simulated.work import Work, by_node, works_of_profile


def drawn(work: Work, count: int = 1) -> list[tuple[float, float]]:
    sampler = work.sampler(Random(0))
    return [sampler.next() for _ in range(count)]


def test_constant_times():
    assert drawn(Work(compute_s=0.02, wait_s=0.01)) == [(0.01, 0.02)]


@given(st.lists(st.floats(1e-5, 10.0), min_size=1, max_size=20))
def test_times_of_a_histogram_are_in_its_buckets_or_the_next(times):
    service = Histogram.of(times)
    for waited, computed in drawn(Work(compute_s=1.0, wait_s=3.0, service=service), 50):
        assert computed == pytest.approx(waited / 3.0)
        bucket = bucket_of(waited + computed)
        assert {bucket - 1, bucket, bucket + 1} & set(service.counts)


def test_times_of_a_histogram_have_its_mean():
    service = Histogram.of([0.01] * 90 + [0.1] * 10)
    found = [waited + computed for waited, computed in drawn(Work(service=service, wait_s=1.0), 20_000)]
    assert sum(found) / len(found) == pytest.approx(service.mean_s, rel=0.03)


@pytest.mark.parametrize("wrong", [{"compute_s": -1.0}, {"wait_s": float("inf")}, {"every_s": float("nan")}])
def test_times_that_there_cannot_be(wrong):
    with pytest.raises(ValueError, match="not below 0"):
        Work(**wrong)


def test_a_profile_says_it_of_each_node():
    service = Histogram.of([0.02] * 10)
    node = NodeProfile("a", "processor", own_s=0.03, queued_s=0.01, cpu_s=0.005, service=service)
    works = works_of_profile(FlowProfile("flow", "batch", {"a": node}))
    work = works["a"]
    assert (work.compute_s, work.wait_s) == (pytest.approx(0.005), pytest.approx(0.015))
    assert work.service == service


NAMES = {"camera-1", "camera-2", "sink"}


def test_names_go_before_patterns_and_earlier_patterns_before_later():
    said = {"*-1": 1, "camera-*": 2, "camera-2": 3}
    assert by_node("service_s", said, NAMES) == {"camera-1": 1, "camera-2": 3}


def test_what_means_no_node_is_refused():
    with pytest.raises(ValueError, match=r"service_s names 'cam': expected .* camera-1, camera-2, sink"):
        by_node("service_s", {"cam": 1}, NAMES)
