"""Gives each task of a plan a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daskflow.errors import PlacementError
from daskflow.plan.placement.workers import WorkerInfo
from daskflow.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the tasks of a run are.

    Attributes
    ----------
    address_of : mapping of str to str
        Addresses of workers by names of tasks.
    host_of : mapping of str to str
        Tags of their hosts.
    """

    address_of: Mapping[str, str]
    host_of: Mapping[str, str]


def place(
    plan: Plan,
    workers: Sequence[WorkerInfo],
    *,
    tasks_per_worker: int = 1,
    here: Mapping[str, str] | None = None,
    scheduler: Mapping[str, str] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Placement:
    """Give each task a worker.

    Raises
    ------
    PlacementError
        There are too few; the message has a table of what is missing.
    """
    address_of = dict(fixed or {})
    room = {each.address: tasks_per_worker - len(each.held) for each in workers if not each.error}
    for address in address_of.values():
        if address in room:
            room[address] -= 1
    for task in plan.tasks:
        if task.name in address_of:
            continue
        free = [address for address, left in room.items() if left > 0]
        if not free:
            raise PlacementError(f"{len(plan.tasks)} tasks, and {len(workers)} workers")
        address_of[task.name] = free[0]
        room[free[0]] -= 1
    hosts = {each.address: each.host for each in workers}
    return Placement(address_of, {name: hosts.get(address, "") for name, address in address_of.items()})
