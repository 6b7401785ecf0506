"""Looks at the processes of a run from outside: calls that take too long, and memory."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daskflow.core.node.policy import Policy
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import Calls, calls_of
from daskflow.transport.clock import clock
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import LATE, TOO_LARGE

logger = logging.getLogger("daskflow.cluster")

LONGEST_PAUSE_S = 0.5
"""Between two looks."""

LOOKS_PER_TIMEOUT = 4


class Watch:
    """A thread that has processes killed which take too long or too much; none where no node has a limit.

    Parameters
    ----------
    thread : LedgerThread
        Knows the processes, and kills them, so that the ledger learns of it in the right order.
    tasks : sequence of TaskSpec
        Of the run.
    places : RunPlaces
        Of the run.
    """

    def __init__(self, thread: LedgerThread, tasks: Sequence[TaskSpec], places: RunPlaces) -> None:
        self._ledger = thread
        self._places = places
        self._policies: dict[int, Policy] = {}
        self._names: dict[int, str] = {}
        for spec in tasks:
            self.add(spec)
        self._killed: set[int] = set()
        self._seen: dict[int, Calls] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="daskflow watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        if self._policies:
            self._thread.start()

    def add(self, spec: TaskSpec) -> None:
        """Look at a task too; once the watch has started, of a node of which others are looked at."""
        self._names[spec.task] = spec.task_name
        if _has_limit(spec.policy):
            self._policies[spec.task] = spec.policy

    def close(self) -> None:
        """Look no more; blocks for some milliseconds."""
        self._stop.set()
        if self._policies:
            self._thread.join()

    def _run(self) -> None:
        timeouts = [p.process_timeout_s for p in self._policies.values() if p.process_timeout_s is not None]
        pause_s = min([LONGEST_PAUSE_S, *(timeout / LOOKS_PER_TIMEOUT for timeout in timeouts)])
        while not self._stop.wait(pause_s):
            for task, pid in self._ledger.call(self._ledger.service.processes).items():
                policy = self._policies.get(task)
                if policy is not None:
                    self._look(task, pid, policy)

    def _look(self, task: int, pid: int, policy: Policy) -> None:
        if policy.process_timeout_s is not None:
            late = self._late_number(task, policy.process_timeout_s)
            if late is not None:
                words = f"a call takes longer than process_timeout_s={policy.process_timeout_s:g}"
                self._kill(task, pid, words, LATE, late)
                return
        if policy.memory_limit is not None:
            own_bytes, most_bytes = own_memory_bytes(pid), int(policy.memory_limit)
            if own_bytes > most_bytes:
                words = f"it has {own_bytes / 1e6:.0f} MB of its own, and may have {most_bytes / 1e6:.0f} MB"
                self._kill(task, pid, words, TOO_LARGE)

    def _kill(self, task: int, pid: int, words: str, *why: Any) -> None:
        if pid not in self._killed:  # else it is still there: once more, and harder
            self._killed.add(pid)
            logger.warning("the process of task %s is killed: %s", self._names[task], words)
        self._ledger.post(self._ledger.service.kill, task, pid, *why)

    def _late_number(self, task: int, timeout_s: float) -> int | None:
        """The number on which a task's node is working for too long."""
        calls = calls_of(self._places, task)
        if calls is None or calls.in_hand is None or clock() - calls.since_s <= timeout_s:
            return None
        # Only if it was seen before: one look may have met the record half-written.
        seen, self._seen[task] = self._seen.get(task), calls
        return calls.in_hand if seen == calls else None


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


def _has_limit(policy: Policy) -> bool:
    return policy.process_timeout_s is not None or policy.memory_limit is not None
