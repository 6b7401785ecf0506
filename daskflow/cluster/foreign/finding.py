"""Finds a run among those of a scheduler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.errors import FlowStateError
from daskflow.monitor.snapshot import ENDED, FAILED


def find_run(cluster: ExistingCluster, name: str) -> Mapping[str, Any]:
    """The run of a flow of this name, or whose id begins so: one that goes on, else the last that ended.

    Raises
    ------
    FlowStateError
        There is none, or there are several that go on.
    """
    runs = cluster.runs()
    same = [run for run in runs if run["flow"] == name] or [
        run for run in runs if run["run"].startswith(name)
    ]
    live = [run for run in same if run["state"] not in (ENDED, FAILED)]
    if len(live) > 1:
        ids = ", ".join(run["run"] for run in live)
        raise FlowStateError(
            f"{len(live)} flows named {name!r} run at {cluster.address}: say which by its id, {ids}"
        )
    if not same:
        raise FlowStateError(f"no flow {name!r} is known at {cluster.address}; {_those_there(runs)}")
    return (live or same)[-1]


def _those_there(runs: Sequence[Mapping[str, Any]]) -> str:
    if not runs:
        return "none was started there"
    return "there are " + ", ".join(f"{run['flow']} ({run['state']})" for run in runs)
