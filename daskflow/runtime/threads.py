"""How many threads the numeric libraries of a task's process use."""

from __future__ import annotations

import sys

import threadpoolctl


def limit_threads(count: int) -> None:
    """Let the libraries that are loaded here use `count` threads each.

    Those that are loaded later read it from the environment (`daskflow.plan.plan.THREAD_VARIABLES`). NumPy,
    and OpenCV and SciPy if the caller uses them, were loaded before this process was forked, with one thread.
    """
    threadpoolctl.threadpool_limits(limits=count)
    opencv = sys.modules.get("cv2")
    if opencv is not None:
        opencv.setNumThreads(count)
