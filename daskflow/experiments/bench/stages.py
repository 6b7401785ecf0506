"""The processes of a baseline: forked, and asked at the end what CPU they took."""

from __future__ import annotations

import ctypes
import mmap
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence

import numpy as np

FORK = multiprocessing.get_context("fork")
"""Whoever uses it has no threads yet: the baselines run in a fresh process."""

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux."""

Stage = Callable[[], None]


def run_stages(stages: Sequence[Stage], last: Stage) -> float:
    """Run each stage in a process of its own, the last one here, to their ends.

    Parameters
    ----------
    stages : sequence of callable
        All but the consumer.
    last : callable
        The consumer.

    Returns
    -------
    float
        CPU time of all of them, in seconds, without that of starting them.
    """
    cpu_s = np.frombuffer(mmap.mmap(-1, mmap.PAGESIZE), np.float64)  # shared with what is forked
    processes = [
        FORK.Process(target=_in_child, args=(stage, cpu_s, i, os.getpid()), daemon=True)
        for i, stage in enumerate(stages)
    ]
    for process in processes:
        process.start()
    begin_s = time.process_time()
    last()
    own_s = time.process_time() - begin_s
    for process in processes:
        process.join()
    return own_s + float(cpu_s[: len(stages)].sum())


def _in_child(stage: Stage, cpu_s: np.ndarray[tuple[int], np.dtype[np.float64]], i: int, parent: int) -> None:
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)  # with its parent: its pipes would never end
    begin_s = time.process_time()
    try:
        stage()
    except BaseException:
        traceback.print_exc()
        os.kill(parent, signal.SIGTERM)  # it waits for messages that will not come
        raise
    cpu_s[i] = time.process_time() - begin_s
