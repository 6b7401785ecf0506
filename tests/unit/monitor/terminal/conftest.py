"""Verdicts are judged elsewhere: here the busiest node is the bottleneck, always in the same words."""

from __future__ import annotations

import pytest

from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import SLOW_PROCESSOR, UNKNOWN, Verdict


def judged(snapshot: RunSnapshot) -> Verdict:
    busiest = max(snapshot.nodes.values(), key=lambda node: node.recent.busy)
    if not busiest.recent.busy:
        return Verdict(UNKNOWN, None, 0.0, "nothing has been finished yet")
    return Verdict(SLOW_PROCESSOR, busiest.name, 4.0, f"{busiest.name} limits the flow", "Take more of it")


@pytest.fixture(autouse=True)
def _verdicts(monkeypatch):
    monkeypatch.setattr("daskflow.monitor.verdict.verdict_of", judged)
