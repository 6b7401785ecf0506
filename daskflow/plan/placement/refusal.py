"""Why the workers of a cluster cannot take the tasks of a flow, and what would supply what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from daskflow.options.naming import nearest
from daskflow.plan.placement.needs import Need
from daskflow.plan.placement.placement import host_titles
from daskflow.plan.placement.seats import Seat
from daskflow.plan.placement.supply import Supply, supplies_for
from daskflow.plan.placement.usable import SortedWorkers
from daskflow.plan.placement.workers import WorkerInfo
from daskflow.plan.plan import Plan
from daskflow.plan.table import text_table

MOST_NAMED = 20
"""So many workers that cannot be used are listed."""


def unknown_place(plan: Plan, workers: Sequence[WorkerInfo], scheduler: str, *, is_strict: bool) -> str:
    """The complaint about a host or worker that a node wishes for and that is not there; empty if all are.

    Parameters
    ----------
    plan : Plan
        What is to run.
    workers : sequence of WorkerInfo
        All that there are.
    scheduler : str
        Its address.
    is_strict : bool
        Whether each name must be known, or of each node one.
    """
    hosts = {worker.hostname for worker in workers}
    names = {worker.name for worker in workers}
    all_hosts = {name for worker in workers for name in worker.host_names}
    all_names = {name for worker in workers for name in worker.names}
    for node in plan.nodes:
        task = node.tasks[0]  # they all wish for the same
        for what, wanted, known, told in (
            ("host", task.host, all_hosts, hosts),
            ("worker", task.workers, all_names, names),
        ):
            unknown = [name for name in wanted if name not in known]
            if unknown and (is_strict or len(unknown) == len(wanted)):
                name = unknown[0]
                new = Supply(len(node.tasks), host=name) if what == "host" else Supply(1, name=name)
                there = nearest(name, sorted(told)) if told else ": the cluster has none at all"
                lacks = "which has no worker" if what == "host" else "which is not there"
                return (
                    f"node {node.name!r} is to run on {what} {name!r}, {lacks}{there}\n\n"
                    f"This would start what is missing:\n\n    {new.command(scheduler)}"
                )
    return ""


def too_little(
    plan: Plan,
    without: Sequence[str],
    needs: Mapping[str, Need],
    possible: Mapping[Need, Sequence[Seat]],
    workers: SortedWorkers,
    *,
    scheduler: str,
    enough_per_worker: int | None,
) -> str:
    """The complaint about workers that are too few, or have too little.

    Parameters
    ----------
    plan : Plan
        What is to run.
    without : sequence of str
        Tasks for which there is no place.
    needs : mapping of str to Need
        What each task asks for.
    possible : mapping of Need to sequence of Seat
        The workers that would do, were they free.
    workers : SortedWorkers
        All that there are.
    scheduler : str
        Its address.
    enough_per_worker : int or None
        With how many tasks on a worker there would be enough; None where that does not help.
    """
    missing = frozenset(without)
    text = [
        f"the workers of the cluster cannot take flow {plan.flow_name!r}: {len(without)} of its "
        f"{len(plan.tasks)} tasks {'has' if len(without) == 1 else 'have'} no place",
        "",
        text_table(
            ("node", "no place", "each needs", "workers"), _rows(plan, missing, needs, possible, workers)
        ),
    ]
    if workers.useless:
        text += ["", *_useless(workers)]
    known = frozenset(name for worker in (*workers.usable, *_those(workers)) for name in worker.names)
    lines = [each.command(scheduler) for each in supplies_for((needs[name] for name in without), known)]
    if lines:
        text += ["", "This would start what is missing:", "", *(f"    {line}" for line in lines)]
    if enough_per_worker is not None:
        text += ["", f"With tasks_per_worker={enough_per_worker} the workers that are there are enough."]
    return "\n".join(text)


def left_out(workers: SortedWorkers) -> tuple[str, ...]:
    """A line that says which workers are not used, and why."""
    if not workers.useless:
        return ()
    named = "; ".join(f"{worker.name} {why}" for worker, why in workers.useless[:MOST_NAMED])
    return (f"not used: {named}",)


def _rows(
    plan: Plan,
    missing: frozenset[str],
    needs: Mapping[str, Need],
    possible: Mapping[Need, Sequence[Seat]],
    workers: SortedWorkers,
) -> list[list[str]]:
    rows = []
    for node in plan.nodes:
        lost = [task.name for task in node.tasks if task.name in missing]
        for need in dict.fromkeys(needs[name] for name in lost):
            count = sum(needs[name] == need for name in lost)
            rows.append(
                [
                    node.name,
                    f"{count} of {len(node.tasks)}",
                    need.words(),
                    _there(need, possible[need], workers),
                ]
            )
    return rows


def _there(need: Need, seats: Sequence[Seat], workers: SortedWorkers) -> str:
    """What of the cluster's workers would do for a need, and why that is not enough."""
    total = len(workers.usable)
    if not total:
        return "none can be used" if workers.useless else "there is none"
    if not seats:
        return f"none of {total} has that{_similar(need, workers.usable)}"
    full = sum(seat.is_shared for seat in seats)
    others = f", {full} with tasks of other flows" if full else ""
    which = f"all {total}" if len(seats) == total else f"{len(seats)} of {total}"
    return f"{which} would do, and have no room left{others}"


def _similar(need: Need, workers: Sequence[WorkerInfo]) -> str:
    tags = {tag for worker in workers for tag in worker.resources}
    for tag, _ in need.resources:
        close = difflib.get_close_matches(tag, sorted(tags), 1)
        if tag not in tags and close:
            return f": did you mean {close[0]!r}?"
    return ""


def _useless(workers: SortedWorkers) -> list[str]:
    titles = host_titles({worker.address: worker for worker in _those(workers)})
    rows = [[worker.name, titles[worker.address], why] for worker, why in workers.useless[:MOST_NAMED]]
    count = len(workers.useless)
    more = [f"and {count - MOST_NAMED} more"] if count > MOST_NAMED else []
    return [
        f"{count} worker{'s' if count > 1 else ''} cannot be used:",
        "",
        text_table(("worker", "host", "why"), rows),
        *more,
    ]


def _those(workers: SortedWorkers) -> list[WorkerInfo]:
    return [worker for worker, _ in workers.useless]
