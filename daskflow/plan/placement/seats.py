"""Workers and hosts while they are being filled with tasks."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.plan.placement.needs import ROUNDING, Need
from daskflow.plan.placement.workers import GPU_TAG, WorkerInfo


class Seat:
    """A worker, and the tasks of this flow that are on it.

    Parameters
    ----------
    worker : WorkerInfo
        The worker.
    host : HostSeats
        The host that it is on.
    most : int
        How many tasks it may have, besides those of other runs.
    """

    __slots__ = ("_free", "_memory_bytes", "guests", "has_gpu", "host", "is_shared", "most", "worker")

    def __init__(self, worker: WorkerInfo, host: HostSeats, most: int) -> None:
        self.worker = worker
        self.host = host
        self.most = most
        self.has_gpu = worker.resources.get(GPU_TAG, 0.0) > 0
        self.is_shared = bool(worker.held)
        """Whether it has tasks of other runs."""
        self.guests: dict[str, Need] = {}
        self._free = worker.free
        self._memory_bytes = worker.memory_limit

    def fits(self, need: Need) -> bool:
        """Whether it can take one more task, of which it is known that it could be on this worker."""
        if len(self.guests) >= self.most or any(guest.is_alone for guest in self.guests.values()):
            return False
        if need.is_alone and (self.guests or self.is_shared):
            return False
        enough = all(self._free.get(tag, 0.0) + ROUNDING >= n for tag, n in need.resources)
        return enough and (self._memory_bytes is None or self._memory_bytes >= need.memory_bytes)

    def take(self, task: str, need: Need) -> None:
        """Put a task here."""
        self.guests[task] = need
        self._count(need, -1)

    def give(self, task: str) -> Need:
        """Take a task away again."""
        need = self.guests.pop(task)
        self._count(need, 1)
        return need

    def order(self, need: Need) -> tuple[object, ...]:
        """Workers of a host are taken in this order: free ones, those with one thread, those without what the
        task does not need."""
        wanted = {tag for tag, _ in need.resources}
        idle = sum(tag not in wanted for tag in self.worker.resources)
        return len(self.guests), self.worker.nthreads != 1, idle

    def _count(self, need: Need, sign: int) -> None:
        for tag, n in need.resources:
            self._free[tag] = self._free.get(tag, 0.0) + sign * n
        if self._memory_bytes is not None:
            self._memory_bytes += sign * need.memory_bytes
        self.host.tasks -= sign
        if self.most > len(self.guests):
            self.host.open[self] = None
        else:
            self.host.open.pop(self, None)


class HostSeats:
    """A host, and how much of it is taken.

    Parameters
    ----------
    tag : str
        Of the host.
    """

    __slots__ = ("cores", "open", "seats", "tag", "tasks")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.seats: list[Seat] = []
        self.open: dict[Seat, None] = {}
        """Those that may have more tasks."""
        self.cores = 1
        self.tasks = 0
        """How many tasks of flows are here, those of other runs too."""

    @property
    def crowding(self) -> int:
        """How many tasks each core would have besides one more."""
        return self.tasks // self.cores


def seats_of(workers: Sequence[WorkerInfo], tasks_per_worker: int) -> list[HostSeats]:
    """The hosts of workers, in the workers' order, still without tasks of this flow."""
    hosts: dict[str, HostSeats] = {}
    for worker in workers:
        host = hosts.setdefault(worker.host, HostSeats(worker.host))
        seat = Seat(worker, host, worker.room(tasks_per_worker))
        host.seats.append(seat)
        if seat.most > 0:
            host.open[seat] = None
        host.cores = max(host.cores, worker.cores)
        host.tasks += len(worker.held)
    return list(hosts.values())
