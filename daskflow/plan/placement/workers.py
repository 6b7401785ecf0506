"""What is known of a worker of a cluster, as far as a plan needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        Tasks of flows that are there already, as ``"flow/task"``.
    has_nanny : bool
        Whether somebody starts another process should this one die.
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
    has_nanny: bool = True
    error: str = ""
