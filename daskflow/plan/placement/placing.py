"""Gives each task of a plan a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daskflow.errors import PlacementError
from daskflow.plan.placement.filling import Filling
from daskflow.plan.placement.nearness import Nearness
from daskflow.plan.placement.needs import Need, needs_of
from daskflow.plan.placement.placement import Placement, described
from daskflow.plan.placement.refusal import left_out, too_little, unknown_place
from daskflow.plan.placement.seats import seats_of
from daskflow.plan.placement.supply import SCHEDULER
from daskflow.plan.placement.usable import check_scheduler, sorted_workers
from daskflow.plan.placement.workers import WorkerInfo
from daskflow.plan.plan import Plan


def place(
    plan: Plan,
    workers: Sequence[WorkerInfo],
    *,
    tasks_per_worker: int = 1,
    here: Mapping[str, str] | None = None,
    scheduler: Mapping[str, str] | None = None,
    fixed: Mapping[str, str] | None = None,
    scheduler_address: str = SCHEDULER,
) -> Placement:
    """Give each task a worker.

    Parameters
    ----------
    plan : Plan
        What is to run.
    workers : sequence of WorkerInfo
        The workers of the cluster. In what order does not matter.
    tasks_per_worker : int, default 1
        How many tasks a worker may have, those of other runs too; never more than it has threads.
    here, scheduler : mapping of str to str, optional
        Versions of the caller's and the scheduler's packages; what is not given is not compared.
    fixed : mapping of str to str, optional
        Addresses of workers by the names of tasks that are there, and stay.
    scheduler_address : str
        For the command lines in a refusal.

    Returns
    -------
    Placement
        The same for the same arguments.

    Raises
    ------
    PlacementError
        There is no place for some task; the message has a table of what is missing, and the command lines
        that would supply it.

    Notes
    -----
    A worker is given no more than it has: of tasks, of resources, of memory. A task that keeps state is alone
    on its worker. Workers without daskflow, or with another version of it or of Python, are left out.

    Tasks for which few workers would do come first, then those further up in the flow. Of the workers that
    would do, a task is given one without tasks of other runs if there is one, and without a GPU if it needs
    none. Of the hosts, in this order: the one whose cores have fewer tasks each; the one that shares more
    data with the task, where an edge counts 1, one from a producer 4, divided among the pairs of tasks at its
    ends; the one with room for more of what is connected with the task; the one with fewer tasks for its
    cores. On the host: a worker with fewer tasks, with one thread, without tags that the task does not need.

    If there is none, tasks that have places already change theirs, where that makes one. With one task for
    each worker a place is found whenever there is one; with several that is a packing problem, and not every
    solution is looked for.
    """
    here, fixed = here or {}, fixed or {}
    check_scheduler(scheduler or {}, here)
    complaint = unknown_place(plan, workers, scheduler_address, is_strict=not fixed)
    if complaint:
        raise PlacementError(complaint)
    known = sorted_workers(workers, here)
    needs = needs_of(plan)
    filling, without = _filled(plan, known.usable, needs, tasks_per_worker, fixed)
    if without:
        raise PlacementError(
            too_little(
                plan,
                without,
                needs,
                filling.possible,
                known,
                scheduler=scheduler_address,
                enough_per_worker=_enough(plan, known.usable, needs, tasks_per_worker, fixed),
            )
        )
    by_address = {worker.address: worker for worker in workers}
    return described(plan, {**fixed, **filling.address_of}, by_address, (*known.warnings, *left_out(known)))


def _filled(
    plan: Plan,
    workers: Sequence[WorkerInfo],
    needs: Mapping[str, Need],
    tasks_per_worker: int,
    fixed: Mapping[str, str],
) -> tuple[Filling, list[str]]:
    """Workers filled with tasks, and the tasks for which there is no place."""
    node_of = {task.name: task.node for task in plan.tasks}
    filling = Filling(seats_of(workers, tasks_per_worker), Nearness(plan), node_of, needs)
    for task, address in fixed.items():
        if task in node_of:
            filling.fix(task, address)
    return filling, filling.fill(task for task in node_of if task not in fixed)


def _enough(
    plan: Plan,
    workers: Sequence[WorkerInfo],
    needs: Mapping[str, Need],
    tasks_per_worker: int,
    fixed: Mapping[str, str],
) -> int | None:
    """With how many tasks on a worker there would be a place for each; None where that does not help."""
    most = max((worker.nthreads for worker in workers), default=0)
    for count in sorted({min(tasks_per_worker * 2, most), most}):
        if count > tasks_per_worker and not _filled(plan, workers, needs, count, fixed)[1]:
            return count
    return None
