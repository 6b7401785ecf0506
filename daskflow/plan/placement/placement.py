"""Which worker each task of a plan is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daskflow.diagram.content import shown
from daskflow.plan.placement.needs import needs_of
from daskflow.plan.placement.workers import WorkerInfo
from daskflow.plan.plan import Plan
from daskflow.plan.table import text_table

PLACE_COLUMNS = ("task", "host", "worker", "address", "what it needs there")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the tasks of a run are.

    Attributes
    ----------
    address_of : mapping of str to str
        Addresses of workers by names of tasks.
    host_of : mapping of str to str
        Tags of their hosts.
    words : tuple of tuple of str
        For each task what `PLACE_COLUMNS` names.
    crossing : tuple of str
        Edges with tasks on several hosts, between which their messages go over the network.
    warnings : tuple of str
        What may go wrong on these workers, and which of the cluster's were left out.
    """

    address_of: Mapping[str, str]
    host_of: Mapping[str, str]
    words: tuple[tuple[str, ...], ...] = ()
    crossing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def rows(self) -> list[list[str]]:
        """What `PLACE_COLUMNS` names, for each task."""
        return [list(row) for row in self.words]

    def heading(self) -> str:
        """It in a line."""
        workers, hosts = len(set(self.address_of.values())), len(set(self.host_of.values()))
        over = (
            f"over the network: {', '.join(self.crossing)}" if self.crossing else "nothing over the network"
        )
        return (
            f"{_count(len(self.address_of), 'task')} on {_count(workers, 'worker')} of "
            f"{_count(hosts, 'host')}; {over}"
        )

    def table(self) -> str:
        """All of it, for people."""
        return "\n".join([self.heading(), "", text_table(PLACE_COLUMNS, self.rows()), *self.warnings])


def described(
    plan: Plan, address_of: Mapping[str, str], workers: Mapping[str, WorkerInfo], warnings: tuple[str, ...]
) -> Placement:
    """A placement with all that is said of it.

    Parameters
    ----------
    plan : Plan
        What runs.
    address_of : mapping of str to str
        Addresses of workers by names of tasks.
    workers : mapping of str to WorkerInfo
        By address.
    warnings : tuple of str
        See `Placement`.
    """
    ordered = {task.name: address_of[task.name] for task in plan.tasks if task.name in address_of}
    host_of = {task: workers[there].host if there in workers else "" for task, there in ordered.items()}
    needs, titles = needs_of(plan), host_titles(workers)
    words = tuple(
        (
            task,
            titles.get(there, ""),
            workers[there].name if there in workers else "",
            there,
            needs[task].words(),
        )
        for task, there in ordered.items()
    )
    return Placement(ordered, host_of, words, tuple(_crossing(plan, host_of)), warnings)


def host_titles(workers: Mapping[str, WorkerInfo]) -> dict[str, str]:
    """What the host of each worker, by address, is called: its name, with its tag where others share it."""
    tags: dict[str, set[str]] = {}
    for worker in workers.values():
        tags.setdefault(worker.hostname, set()).add(worker.host)
    return {
        address: worker.hostname if len(tags[worker.hostname]) == 1 else f"{worker.hostname} ({worker.host})"
        for address, worker in workers.items()
    }


def _crossing(plan: Plan, host_of: Mapping[str, str]) -> list[str]:
    hosts = {node.name: {host_of.get(task.name, "") for task in node.tasks} for node in plan.nodes}
    return [
        f"{shown(edge.source)} -> {shown(edge.target)}"
        for edge in plan.edges
        if len(hosts[edge.source] | hosts[edge.target]) > 1
    ]


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
