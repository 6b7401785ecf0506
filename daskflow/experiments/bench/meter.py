"""CPU time of a process while messages pass through it."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right

from daskflow.experiments.bench.arrivals import Figures


class CpuMeter:
    """Reads the CPU time of its own process at each message after the warm-up.

    Parameters
    ----------
    warm_s : float
        Seconds from the first message that are not counted.
    """

    def __init__(self, warm_s: float) -> None:
        self._warm_s = warm_s
        self._first_s: float | None = None
        self._begin: tuple[float, float] | None = None
        self._end = (0.0, 0.0)
        self._counted = 0

    def tick(self) -> None:
        """Note a message."""
        now, cpu_s = time.monotonic(), time.process_time()
        if self._begin is not None:
            self._counted += 1
            self._end = now, cpu_s
            return
        if self._first_s is None:
            self._first_s = now
        if now - self._first_s >= self._warm_s:
            self._begin = now, cpu_s

    def figures(self) -> Figures:
        """From when to when, in seconds of `time.monotonic`, for how many messages, and the CPU seconds."""
        begin_s, begin_cpu_s = self._begin or (0.0, 0.0)
        end_s, end_cpu_s = self._end
        return {
            "begin_s": begin_s,
            "end_s": end_s,
            "cpu_s": end_cpu_s - begin_cpu_s,
            "messages": float(self._counted),
        }


class CpuHistory:
    """The CPU time of this process now and then, for a span that is known only afterwards.

    Parameters
    ----------
    every_s : float, default 0.2
        Seconds between readings. Each costs some 30 µs of CPU time itself.
    """

    def __init__(self, every_s: float = 0.2) -> None:
        self._every_s = every_s
        self._times: list[float] = []
        self._cpu: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="daskflow bench cpu", daemon=True)

    def __enter__(self) -> CpuHistory:
        self._read()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self._read()

    def spent_s(self, begin_s: float, end_s: float) -> float:
        """CPU seconds between two times of `time.monotonic`."""
        return self._at(end_s) - self._at(begin_s)

    def _at(self, when_s: float) -> float:
        i = bisect_right(self._times, when_s)
        if i in (0, len(self._times)):
            return self._cpu[min(i, len(self._cpu) - 1)]
        share = (when_s - self._times[i - 1]) / (self._times[i] - self._times[i - 1])
        return self._cpu[i - 1] + share * (self._cpu[i] - self._cpu[i - 1])

    def _watch(self) -> None:
        while not self._ended.wait(self._every_s):
            self._read()

    def _read(self) -> None:
        self._times.append(time.monotonic())
        self._cpu.append(time.process_time())
