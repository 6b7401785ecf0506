"""How tests wait for what a flow comes to."""

from __future__ import annotations

import time
from collections.abc import Callable

from daskflow import Flow
from daskflow.monitor.snapshot import RunSnapshot

LOOK_EVERY_S = 0.05
"""A look costs the ledger's thread milliseconds: more of them would disturb the flow."""


def snapshot_when(flow: Flow, holds: Callable[[RunSnapshot], object]) -> RunSnapshot:
    """The first that something holds of; the flow must not end before."""
    while not holds(snapshot := flow.metrics()):
        assert flow.is_running, f"it has ended: {snapshot}"
        time.sleep(LOOK_EVERY_S)
    return snapshot
