"""Looks at the processes of a run from outside: calls that take too long, and memory."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from daskflow.core.node.policy import Policy
from daskflow.runtime.limits import Excess, Looks, has_limit, pause_s
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces

logger = logging.getLogger("daskflow.cluster")


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
        self._looks = Looks(places)
        self._policies: dict[int, Policy] = {}
        self._names: dict[int, str] = {}
        for spec in tasks:
            self.add(spec)
        self._killed: set[int] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="daskflow watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        if self._policies:
            self._thread.start()

    def add(self, spec: TaskSpec) -> None:
        """Look at a task too; once the watch has started, of a node of which others are looked at."""
        self._names[spec.task] = spec.task_name
        if has_limit(spec.policy):
            self._policies[spec.task] = spec.policy

    def close(self) -> None:
        """Look no more; blocks for some milliseconds."""
        self._stop.set()
        if self._policies:
            self._thread.join()

    def _run(self) -> None:
        timeouts_s = [p.process_timeout_s for p in self._policies.values() if p.process_timeout_s is not None]
        while not self._stop.wait(pause_s(timeouts_s)):
            for task, pid in self._ledger.call(self._ledger.service.processes).items():
                policy = self._policies.get(task)
                if policy is not None:
                    self._look(task, pid, policy)

    def _look(self, task: int, pid: int, policy: Policy) -> None:
        excess = self._looks.excess(task, pid, policy)
        if excess is not None:
            self._kill(task, pid, excess)

    def _kill(self, task: int, pid: int, excess: Excess) -> None:
        if pid not in self._killed:  # else it is still there: once more, and harder
            self._killed.add(pid)
            logger.warning("the process of task %s is killed: %s", self._names[task], excess.words)
        self._ledger.post(self._ledger.service.kill, task, pid, excess.why, excess.number)
