"""What is known of a worker of a cluster, as far as a plan needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GPU_TAG = "GPU"
"""The resource of workers with a GPU, by Dask's custom."""


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A Dask worker process.

    Attributes
    ----------
    address : str
        Of the worker, such as ``"tcp://10.0.0.2:40123"``.
    name : str
        What Dask calls it.
    host : str
        Tag of its host: workers with the same one share memory; see `daskflow.transport.hosts`.
    hostname : str
        Of its machine, for people.
    nthreads : int
        How many tasks of Dask's it runs at a time.
    cores : int
        Processor cores that its process may use.
    memory_limit : int or None
        In bytes; None where it has none.
    resources : mapping of str to float
        Dask's tags of it, such as ``{"GPU": 1.0}``.
    versions : mapping of str to str
        Of ``"daskflow"``, which is empty where it is missing, ``"python"``, ``"distributed"`` and others.
    held : tuple of str
        Tasks that other runs have there, as ``"flow/task"``.
    taken : mapping of str to float
        What these take of its resources.
    is_closed : bool
        Whether one of them is to be alone there.
    has_nanny : bool
        Whether somebody starts another process should this one die.
    status : str
        Dask's: ``"running"``, ``"paused"`` while its memory is nearly full, ``"closing_gracefully"``.
    error : str
        Why it could not be asked; else empty.
    """

    address: str
    name: str
    host: str
    hostname: str
    nthreads: int
    cores: int
    memory_limit: int | None
    resources: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    taken: Mapping[str, float] = field(default_factory=dict)
    is_closed: bool = False
    has_nanny: bool = True
    status: str = "running"
    error: str = ""

    @property
    def host_names(self) -> set[str]:
        """By what a user may name its host: the name, its first part, the address, the tag."""
        address = self.address.rpartition("://")[2].rpartition(":")[0].strip("[]")
        return {self.hostname, self.hostname.partition(".")[0], address, self.host}

    @property
    def names(self) -> set[str]:
        """By what a user may name it."""
        return {self.name, self.address}

    @property
    def free(self) -> dict[str, float]:
        """What of its resources other runs leave."""
        return {tag: n - self.taken.get(tag, 0.0) for tag, n in self.resources.items()}

    def room(self, tasks_per_worker: int) -> int:
        """How many tasks it can take besides those of other runs, where so many are allowed."""
        return 0 if self.is_closed else min(tasks_per_worker, self.nthreads) - len(self.held)
