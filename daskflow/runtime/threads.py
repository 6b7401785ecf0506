"""How many threads the numeric libraries of a task's process use."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

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


@contextlib.contextmanager
def threads_limited(count: int) -> Iterator[None]:
    """The same for as long as a task runs in a process of somebody else's, which is then as it was.

    Tasks of one process share it: the later one counts, until it ends.
    """
    opencv = sys.modules.get("cv2")
    with contextlib.ExitStack() as undo:
        undo.enter_context(threadpoolctl.threadpool_limits(limits=count))
        if opencv is not None:
            undo.callback(opencv.setNumThreads, opencv.getNumThreads())
            opencv.setNumThreads(count)
        yield
