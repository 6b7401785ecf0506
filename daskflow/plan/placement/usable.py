"""Which workers can take tasks of a flow at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daskflow.errors import PlacementError
from daskflow.plan.placement.workers import WorkerInfo

SAME = {"daskflow": "daskflow", "python": "Python"}
"""Versions that must be the same: code travels as Python's bytecode, and daskflow's messages change."""

MAY_DIFFER = ("dask", "distributed", "msgpack", "numpy")
"""Versions whose difference mostly does no harm, and is told."""


NOT_RUNNING = {
    "paused": "is paused by Dask: its memory is nearly full",
    "closing_gracefully": "is about to close",
}
"""Why a worker is given nothing, by what Dask says of it."""


@dataclass(frozen=True, slots=True)
class SortedWorkers:
    """Workers by whether they can be used.

    Attributes
    ----------
    usable : tuple of WorkerInfo
        Those that can, in a fixed order.
    useless : tuple of (WorkerInfo, str)
        The others, with the reason.
    warnings : tuple of str
        What may go wrong on those that can.
    """

    usable: tuple[WorkerInfo, ...]
    useless: tuple[tuple[WorkerInfo, str], ...]
    warnings: tuple[str, ...]


def sorted_workers(workers: Sequence[WorkerInfo], here: Mapping[str, str]) -> SortedWorkers:
    """Sort workers by whether they have what the caller has.

    Parameters
    ----------
    workers : sequence of WorkerInfo
        All that there are.
    here : mapping of str to str
        Versions of the caller; what is not in it is not compared.
    """
    ordered = sorted(workers, key=lambda worker: (worker.hostname, worker.host, worker.name, worker.address))
    judged = [(worker, why_useless(worker, here)) for worker in ordered]
    usable = tuple(worker for worker, why in judged if not why)
    useless = tuple((worker, why) for worker, why in judged if why)
    return SortedWorkers(usable, useless, tuple(_warnings(usable, here)))


def why_useless(worker: WorkerInfo, here: Mapping[str, str]) -> str:
    """Why a worker cannot be used; empty if it can."""
    differences = _differences(worker.versions, here)
    if worker.status != "running":
        return NOT_RUNNING.get(worker.status, f"is {worker.status}")
    if worker.error and not differences:
        return f"could not be asked: {worker.error}"
    if (
        not differences
        and not worker.versions.get("daskflow", here.get("daskflow", ""))
        and here.get("daskflow")
    ):
        return f"has no daskflow: pip install daskflow=={here['daskflow']}"
    return differences


def check_scheduler(scheduler: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Refuse a scheduler whose versions are not the caller's.

    Raises
    ------
    PlacementError
        The message says which differ.
    """
    difference = _differences(scheduler, here)
    if difference:
        raise PlacementError(
            f"the scheduler has {difference}: it holds the runs of flows, and needs the same as this program"
        )


def _differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """The versions that must be the same and are not, in words; empty if they are."""
    return ", ".join(
        f"{title} {there[key]} (here {here[key]})"
        for key, title in SAME.items()
        if there.get(key) and here.get(key) and there[key] != here[key]
    )


def _warnings(workers: Sequence[WorkerInfo], here: Mapping[str, str]) -> list[str]:
    """A line for each version of a package that is not the caller's."""
    found: dict[tuple[str, str], list[str]] = {}
    for worker in workers:
        for package in MAY_DIFFER:
            there = worker.versions.get(package)
            if there and here.get(package) and _kind(package, there) != _kind(package, here[package]):
                found.setdefault((package, there), []).append(worker.name)
    return [
        f"{package} is {version} on worker {', '.join(names)}, and {here[package]} here: "
        "messages may not be understood"
        for (package, version), names in found.items()
    ]


def _kind(package: str, version: str) -> str:
    """The part of a version that says what fits together: Dask's own are released together."""
    return version if package in ("dask", "distributed") else version.partition(".")[0]
