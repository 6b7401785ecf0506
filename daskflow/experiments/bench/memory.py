"""How much memory processes hold, what they share counted once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PROC = Path("/proc")


def family_pss_mb(pid: int, proc: Path = PROC) -> float:
    """Proportional set size of a process and all its descendants, in MB of 10⁶ bytes.

    Parameters
    ----------
    pid : int
        The process.
    proc : pathlib.Path
        Where the kernel tells about processes.
    """
    return sum(pss_kib(member, proc) for member in (pid, *descendants(pid, proc))) * 1024 / 1e6


def descendants(pid: int, proc: Path = PROC) -> list[int]:
    """All processes below `pid`."""
    parents: dict[int, int] = {}
    for entry in os.listdir(proc):
        if entry.isdigit() and (stat := _read(proc / entry / "stat")):
            # The name, in brackets, may hold anything; behind it come the state and the parent.
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    return [child for child in parents if _is_below(child, pid, parents)]


def pss_kib(pid: int, proc: Path = PROC) -> int:
    """Proportional set size of one process in KiB; 0 if it has gone."""
    for line in _read(proc / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _is_below(pid: int, top: int, parents: Mapping[int, int]) -> bool:
    parent = parents.get(pid)
    while parent is not None and parent != top:
        parent = parents.get(parent)
    return parent == top


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended since, or is somebody else's
        return ""
