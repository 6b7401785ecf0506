"""Reads what processes and machine have used so far."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import psutil

from daskflow.monitor.sampling.sample import Usage

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class UsageGauge(Protocol):
    """Says what was used of processors and memory."""

    def begin(self) -> None:
        """Count from what was read last: what was used before is not the run's."""

    def read(self, pids: Mapping[int, int], lag_s: float) -> Usage:
        """What was used since the beginning, by the process of each task and in all."""


class Gauge:
    """Adds up the processor time of each task over its processes, one after the other.

    Parameters
    ----------
    ledger_thread : int
        The `threading.Thread.ident` of the ledger's thread, in this process.
    shared_memory : pathlib.Path
        Where the slots are.
    """

    def __init__(self, ledger_thread: int, shared_memory: Path) -> None:
        self._clock = time.pthread_getcpuclockid(ledger_thread)
        self._shared_memory = shared_memory
        self._shared_bytes = 0, 0
        self._cores = sorted(os.sched_getaffinity(0))
        self._ended_s: dict[int, float] = {}  # of earlier processes
        self._last: dict[int, tuple[int, float]] = {}  # the current one, and its time
        self._ledger_s = 0.0
        self._began = self._latest = self._so_far()

    def begin(self) -> None:
        """Count from what was read last: what was used before is not the run's."""
        self._began = self._latest
        self._ended_s = {task: -spent_s for task, (_, spent_s) in self._last.items()}

    def read(self, pids: Mapping[int, int], lag_s: float) -> Usage:
        """What was used since the beginning; takes some tens of microseconds for each process."""
        cpu_s, memory_bytes = {}, {}
        leaving = {task: pid for task, (pid, _) in self._last.items()}
        for task, pid in {**leaving, **pids}.items():
            spent_s, memory_bytes[task] = _process(pid)
            known = self._last.get(task)
            if known is not None and known[0] != pid:
                self._ended_s[task] = self._ended_s.get(task, 0.0) + known[1]
            if spent_s or known is None:
                self._last[task] = pid, spent_s
        for task, (_, spent_s) in self._last.items():
            cpu_s[task] = self._ended_s.get(task, 0.0) + spent_s
        self._latest = self._so_far()
        busy_s, process_s, ledger_s = (
            now - then for now, then in zip(self._latest, self._began, strict=True)
        )
        with contextlib.suppress(OSError):  # taken down with the run: as it was last
            memory = os.statvfs(self._shared_memory)
            self._shared_bytes = memory.f_blocks * memory.f_frsize, memory.f_bavail * memory.f_frsize
        return Usage(
            cpu_s,
            memory_bytes,
            busy_s,
            process_s,
            ledger_s,
            lag_s,
            psutil.virtual_memory().available,
            *self._shared_bytes,
        )

    def _so_far(self) -> tuple[float, float, float]:
        cores = psutil.cpu_times(percpu=True)
        busy_s = 0.0
        for core in self._cores:
            if core < len(cores):
                times = cores[core]
                busy_s += times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        with contextlib.suppress(OSError):  # it has ended: what it used until then is all
            self._ledger_s = time.clock_gettime(self._clock)
        return busy_s, time.process_time(), self._ledger_s


def _process(pid: int) -> tuple[float, int]:
    """Processor time in seconds and memory in bytes of a process; zeros if it has just ended.

    Not by psutil, whose several files for each of forty processes would take 2 % of a core.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0, 0
    fields = text[text.rindex(")") + 2 :].split()  # the name before may have spaces; see proc(5)
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE
