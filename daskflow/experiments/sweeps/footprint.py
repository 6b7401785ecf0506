"""How much memory a run takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from daskflow.transport.places import RunPlaces

PROC = Path("/proc")

SLOTS = "Pss_Shmem"
"""In the kernel's account of a process: pages of files in shared memory, where slots are."""

BLOCK = 512
"""Bytes of a block in `os.stat_result.st_blocks`, whatever the file system."""


class Footprint:
    """The most that was seen of a run's memory, in bytes; None before anyone looked.

    Attributes
    ----------
    memory_bytes : int or None
        What the processes of its tasks hold together, without slots: their proportional set size, in which
        pages that several share are counted once.
    shared_memory_bytes : int or None
        What its slots hold, those that found no room in shared memory included.
    """

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self.memory_bytes: int | None = None
        self.shared_memory_bytes: int | None = None

    def look(self, pids: Iterable[int], places: RunPlaces) -> None:
        """Look at some processes and at a run's files; takes some milliseconds, and holds the processes up.

        Parameters
        ----------
        pids : iterable of int
            The processes; of those that have ended nothing is counted.
        places : RunPlaces
            The run's directories.
        """
        memory = sum(own_memory_bytes(pid, self._proc) for pid in pids)
        self.memory_bytes = max(self.memory_bytes or 0, memory)
        self.shared_memory_bytes = max(self.shared_memory_bytes or 0, slot_bytes(places))


def own_memory_bytes(pid: int, proc: Path = PROC) -> int:
    """Proportional set size of a process without what lies in shared memory; 0 if it has ended."""
    try:
        text = (proc / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    kib = {
        key: int(rest.split()[0]) for key, _, rest in (line.partition(":") for line in text.splitlines()[1:])
    }
    return max(0, kib.get("Pss", 0) - kib.get(SLOTS, 0)) * 1024


def slot_bytes(places: RunPlaces) -> int:
    """What the slots of a run take of shared memory and disk."""
    total = 0
    for place in places.both:
        for slot in places.slots_in(place):
            try:
                total += places.slot_file(place, slot).stat().st_blocks * BLOCK
            except OSError:  # it has just gone, with the run
                continue
    return total
