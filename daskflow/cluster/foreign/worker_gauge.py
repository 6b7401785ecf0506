"""What the processes of workers elsewhere use, as they tell Dask of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daskflow.monitor.sampling.gauge import Gauge
from daskflow.monitor.sampling.sample import Usage


class WorkerGauge:
    """Adds up what workers told: of processor time it knows the share of a core, as often as they say so.

    Parameters
    ----------
    metrics : callable
        What the worker of each task told last, by index of the task.
    cores : callable
        How many cores the hosts of the cluster have, and how many of them all its workers keep busy.
    ledger_thread : int
        As for `Gauge`, which reads the rest: the scheduler's process is this one.
    shared_memory : pathlib.Path
        As for `Gauge`.
    """

    def __init__(
        self,
        metrics: Callable[[], Mapping[int, Mapping[str, Any]]],
        cores: Callable[[], tuple[int, float]],
        ledger_thread: int,
        shared_memory: Path,
    ) -> None:
        self._metrics = metrics
        self._cores = cores
        self._busy_s = 0.0
        self._own = Gauge(ledger_thread, shared_memory)
        self._spent_s: dict[int, float] = {}
        self._read_s = time.monotonic()

    def begin(self) -> None:
        """Count from what was read last."""
        self._own.begin()
        self._spent_s.clear()
        self._busy_s = 0.0

    def read(self, pids: Mapping[int, int], lag_s: float) -> Usage:
        """What was used since the beginning; the processes are others' and are not looked at from here."""
        own = self._own.read({}, lag_s)
        now_s = time.monotonic()
        span_s, self._read_s = now_s - self._read_s, now_s
        cores, busy = self._cores()
        self._busy_s += busy * span_s
        memory_bytes = {}
        for task, told in self._metrics().items():
            self._spent_s[task] = self._spent_s.get(task, 0.0) + told.get("cpu", 0.0) / 100 * span_s
            memory_bytes[task] = int(told.get("memory", 0))
        return Usage(
            dict(self._spent_s),
            memory_bytes,
            self._busy_s,
            own.process_s,
            own.ledger_s,
            own.lag_s,
            own.memory_free_bytes,
            cores=cores,
        )
