"""Each edge of a run as a distributed Queue: any Dask client can open it by name and see how full it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from distributed import Client, Queue
from distributed.queues import QueueExtension

from daskflow.ledger import Ledger
from daskflow.ledger.state import EdgeState


def edge_queue_name(run_id: str, source: str, target: str) -> str:
    """The name of an edge's queue; it carries the run, so that no two runs share a queue."""
    return f"daskflow/{run_id}/{source}->{target}"


class EdgeQueue(Queue):  # type: ignore[misc]
    """The client half of an edge: its size can be read; messages pass only by lease, through the ledger.

    Parameters
    ----------
    run_id : str
        The run; `Flow.run_id` says it.
    source, target : str
        Names of the nodes at the ends of the edge.
    client : distributed.Client, optional
        A client of the run's scheduler; the current one if not given.
    """

    def __init__(self, run_id: str, source: str, target: str, client: Client | None = None) -> None:
        super().__init__(name=edge_queue_name(run_id, source, target), client=client)

    def put(self, value: Any, timeout: Any = None, **kwargs: Any) -> None:
        """Refused, whatever `value` is: see `get`.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(f"{self.name} is an edge of a flow: a node's results are put there by the runtime")

    def get(self, timeout: Any = None, batch: bool = False, **kwargs: Any) -> None:
        """Refused: taking a message without a lease would lose it.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            f"{self.name} is an edge of a flow: wire a consumer to its source to see its messages"
        )


class EdgeQueueExtension(QueueExtension):  # type: ignore[misc]
    """The scheduler half: takes the place of Dask's own extension, and serves its queues as before."""

    def __init__(self, scheduler: Any) -> None:
        stock = scheduler.extensions["queues"]
        super().__init__(scheduler)  # the handlers of the stock extension now lead here
        self.queues = stock.queues
        self.client_refcount = stock.client_refcount
        self.future_refcount = stock.future_refcount
        self._edges: dict[str, EdgeState] = {}
        self._runs: dict[str, Callable[[str], str | None]] = {}
        scheduler.extensions["queues"] = self

    @classmethod
    def on(cls, scheduler: Any) -> EdgeQueueExtension:
        """The one of a scheduler, which may hold several runs; it takes its place at the first."""
        there = scheduler.extensions["queues"]
        return there if isinstance(there, cls) else cls(scheduler)

    def add_run(
        self,
        run_id: str,
        ledger: Ledger,
        names: Mapping[int, str],
        address_of: Callable[[str], str | None] = lambda task: None,
    ) -> None:
        """Show the edges between the named nodes of a run, of which `address_of` says where each task is."""
        self._runs[run_id] = address_of
        for node in ledger.nodes:
            for edge in node.edges_out:
                if edge.target.index in names:
                    name = edge_queue_name(run_id, names[node.index], names[edge.target.index])
                    self._edges[name] = edge

    def remove_run(self, run_id: str) -> None:
        """Show the edges of a run no more."""
        self._runs.pop(run_id, None)
        ours = edge_queue_name(run_id, "", "").removesuffix("->")
        self._edges = {name: edge for name, edge in self._edges.items() if not name.startswith(ours)}

    def address_of(self, run_id: str, task: str) -> str | None:
        """The address of the worker of a task; None if the run is not on this scheduler, or it has none."""
        address_of = self._runs.get(run_id)
        return None if address_of is None else address_of(task)

    def create(self, name: str | None = None, client: str | None = None, maxsize: int = 0) -> None:
        """Open a queue; an edge is there already."""
        if name not in self._edges:
            super().create(name=name, client=client, maxsize=maxsize)

    def qsize(self, name: str | None = None, client: str | None = None) -> int:
        """How many messages wait."""
        if name in self._edges:
            return self._edges[name].waiting
        return int(super().qsize(name=name, client=client))

    async def put(self, name: str | None = None, **kwargs: Any) -> None:
        """Put into a stock queue."""
        self._refuse(name)
        await super().put(name=name, **kwargs)

    async def get(self, name: str | None = None, **kwargs: Any) -> Any:
        """Get from a stock queue."""
        self._refuse(name)
        return await super().get(name=name, **kwargs)

    def _refuse(self, name: str | None) -> None:
        if name in self._edges:
            raise TypeError(f"{name} is an edge of a flow: its messages pass by lease, through the ledger")
