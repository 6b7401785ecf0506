"""What is seen of a task's process from outside: a call that takes too long, and memory."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from daskflow.core.node.policy import Policy
from daskflow.transport.call_record import Calls, calls_of
from daskflow.transport.clock import clock
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import LATE, TOO_LARGE

LONGEST_PAUSE_S = 0.5
"""Between two looks."""

LOOKS_PER_TIMEOUT = 4


class Excess(NamedTuple):
    """What is too much of a process.

    Attributes
    ----------
    why : str
        `LATE` or `TOO_LARGE`.
    number : int or None
        The message on which the call takes too long.
    words : str
        The same with figures, as part of a sentence.
    """

    why: str
    number: int | None
    words: str


class Looks:
    """Looks at the processes of tasks on this machine, again and again.

    Parameters
    ----------
    places : RunPlaces
        Of the run.
    """

    def __init__(self, places: RunPlaces) -> None:
        self._places = places
        self._seen: dict[int, Calls] = {}

    def excess(self, task: int, pid: int, policy: Policy) -> Excess | None:
        """What a task's process has too much of, if anything."""
        if policy.process_timeout_s is not None:
            late = self._late_number(task, policy.process_timeout_s)
            if late is not None:
                words = f"a call takes longer than process_timeout_s={policy.process_timeout_s:g}"
                return Excess(LATE, late, words)
        if policy.memory_limit is not None:
            own_bytes, most_bytes = own_memory_bytes(pid), int(policy.memory_limit)
            if own_bytes > most_bytes:
                words = f"it has {own_bytes / 1e6:.0f} MB of its own, and may have {most_bytes / 1e6:.0f} MB"
                return Excess(TOO_LARGE, None, words)
        return None

    def _late_number(self, task: int, timeout_s: float) -> int | None:
        """The number on which a task's node is working for too long."""
        calls = calls_of(self._places, task)
        if calls is None or calls.in_hand is None or clock() - calls.since_s <= timeout_s:
            return None
        # Only if it was seen before: one look may have met the record half-written.
        seen, self._seen[task] = self._seen.get(task), calls
        return calls.in_hand if seen == calls else None


def has_limit(policy: Policy) -> bool:
    """Whether there is anything to look for."""
    return policy.process_timeout_s is not None or policy.memory_limit is not None


def pause_s(timeouts_s: list[float]) -> float:
    """How long to wait between two looks at nodes with these limits of time."""
    return min([LONGEST_PAUSE_S, *(timeout_s / LOOKS_PER_TIMEOUT for timeout_s in timeouts_s)])


def own_memory_bytes(pid: int) -> int:
    """Anonymous memory of a process; 0 if the process is gone.

    Frames in shared memory, and libraries, do not count. Some 45 MB, which each worker has of the server that
    it was forked from, do.
    """
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0
