"""Keeps encoders from taking the cores for themselves."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextlib.contextmanager
def scheduled_as_before() -> Iterator[None]:
    """Let this thread, and those that are started meanwhile, be scheduled as this one was at the beginning.

    As root, SVT-AV1 gives its threads and the one that opens it the highest real-time priority
    (``SCHED_FIFO``, 99), which child processes inherit: nothing else comes to run while they compute, and the
    machine may stand still. Costs microseconds for each thread.
    """
    if not _THREADS.is_dir() or not hasattr(os, "sched_getscheduler"):  # not on Linux
        yield
        return
    policy, parameters, before = os.sched_getscheduler(0), os.sched_getparam(0), _threads()
    this = os.readlink("/proc/thread-self").rpartition("/")[2]
    try:
        yield
    finally:
        for thread in {*(_threads() - before), int(this)}:
            with contextlib.suppress(OSError):  # it has just ended
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, parameters)


def _threads() -> set[int]:
    return {int(path.name) for path in _THREADS.iterdir()}
