"""What is said before a run on an existing cluster starts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from daskflow.cluster.foreign.starting import _warn_of_limits
from daskflow.core.node.policy import Policy


def cluster(*nannies: bool, address: str = "tcp://10.0.0.1:4001") -> Any:
    workers = [
        SimpleNamespace(name=f"w{i}", address=address, has_nanny=has_nanny)
        for i, has_nanny in enumerate(nannies)
    ]
    return SimpleNamespace(inventory=lambda: (workers, {}))


def plan(**limits: Any) -> Any:
    nodes = [
        SimpleNamespace(name="camera", policy=Policy()),
        SimpleNamespace(name="net", policy=Policy(**limits)),
    ]
    return SimpleNamespace(nodes=nodes)


@pytest.mark.parametrize("limits", [{"process_timeout_s": 1.0}, {"memory_limit": 1000}])
def test_workers_that_nobody_starts_anew_are_named(caplog, limits):
    _warn_of_limits(cluster(True, False, *[False] * 8), plan(**limits))
    (record,) = caplog.records
    assert "of node net is killed" in record.getMessage()
    assert "no nanny: w1, w2, w3, w4, w5, w6, w7, w8, …." in record.getMessage()


def test_else_there_is_nothing_to_say(caplog):
    _warn_of_limits(cluster(True, True), plan(process_timeout_s=1.0))
    _warn_of_limits(cluster(False), plan())
    _warn_of_limits(cluster(False, address="inproc://10.0.0.1/1/2"), plan(process_timeout_s=1.0))
    assert caplog.records == []
