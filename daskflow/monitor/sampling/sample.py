"""A run and its machine, read at one moment: counts so far, so that two samples say what was between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daskflow.ledger import LedgerCounts
from daskflow.transport.reading import Reading


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes and machine have used.

    Attributes
    ----------
    cpu_s : mapping of int to float
        Processor time of each task's processes so far, in seconds, by index of the task.
    memory_bytes : mapping of int to int
        What each task's process holds of main memory.
    busy_s : float
        Time in which the cores that the flow may use were busy, with anything, summed over them.
    process_s, ledger_s : float
        Processor time of the process that the ledger lives in, and of the ledger's thread.
    cores : int
        Of which `busy_s` is; 0 for those that this process may use.
    lag_s : float
        How long the ledger's thread needed to answer.
    memory_free_bytes, shared_memory_bytes, shared_memory_free_bytes : int
        See `daskflow.monitor.parts.MachineMetrics`.
    """

    cpu_s: Mapping[int, float] = field(default_factory=dict)
    memory_bytes: Mapping[int, int] = field(default_factory=dict)
    busy_s: float = 0.0
    process_s: float = 0.0
    ledger_s: float = 0.0
    lag_s: float = 0.0
    memory_free_bytes: int = 0
    shared_memory_bytes: int = 0
    shared_memory_free_bytes: int = 0
    cores: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the ledger and the tasks say, and what was used until then."""

    reading: Reading
    usage: Usage = field(default_factory=Usage)


START = Sample(Reading(0.0, LedgerCounts(0.0, ())))
"""Before anything happened."""
