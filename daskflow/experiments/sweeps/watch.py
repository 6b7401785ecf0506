"""Looks at a run from its start to its end, and ends it when it is time."""

from __future__ import annotations

import contextlib
import threading
import time

from daskflow.errors import DaskflowError, FlowFailed
from daskflow.experiments.sweeps.footprint import Footprint
from daskflow.experiments.sweeps.span import Limits, Span, arrived
from daskflow.flow import Flow
from daskflow.transport.places import RunPlaces

TICK_S = 0.05
"""Between two questions whether the run goes on, which cost nothing."""

LOOK_EVERY_S = 0.25
"""Between two snapshots, while something is waited for. With ten tasks, one takes some 3 ms of a core."""

MEMORY_AFTER_S = 0.5
"""When the run's memory is looked at, besides at its beginning; then after twice the time, and so on. Each
look takes 1 to 3 ms for a process, which cannot map pages meanwhile, and memory grows most at the
beginning."""


class TrialFailed(DaskflowError):
    """A trial that gave no figures, for a reason that is not its flow's."""


class RunWatch:
    """Watches one run.

    Parameters
    ----------
    flow : Flow
        It runs.
    limits : Limits
        What of the run is measured, and when it is ended.
    begin_s : float
        When it was started, in seconds of `time.monotonic`.

    Attributes
    ----------
    span : Span
        Which part of the run is measured.
    footprint : Footprint
        The memory it took.
    """

    def __init__(self, flow: Flow, limits: Limits, begin_s: float) -> None:
        self._flow = flow
        self._limits = limits
        self._begin_s = begin_s
        self._places = RunPlaces.of_run(flow.run_id or "")
        self._look_s = begin_s
        self._memory_s = 0.0  # when it is looked at next, in seconds since messages could move
        self._stopping: threading.Thread | None = None
        self.span = Span(limits)
        self.footprint = Footprint()

    def until_over(self) -> None:
        """Block until nothing of the run is left. Whether it went well, `Flow.join` says.

        Raises
        ------
        TrialFailed
            It takes too long. It still runs.
        """
        while self._flow.is_running:
            now_s = time.monotonic()
            if self._limits.timeout_s is not None and now_s - self._begin_s > self._limits.timeout_s:
                raise TrialFailed(self._late(self._limits.timeout_s))
            if self._stopping is None and now_s >= self._look_s:
                self._look(now_s)
            time.sleep(TICK_S)

    def close(self) -> None:
        """Wait for what was begun here; the run is over."""
        if self._stopping is not None:
            self._stopping.join()

    def _look(self, now_s: float) -> None:
        snapshot = self._flow.metrics()
        self.span.see(snapshot)
        pids = [task.pid for task in snapshot.tasks.values() if task.pid]
        if snapshot.elapsed_s >= self._memory_s and not snapshot.is_over and len(pids) == len(snapshot.tasks):
            self._memory_s = max(MEMORY_AFTER_S, 2 * snapshot.elapsed_s)
            self.footprint.look(pids, self._places)
        memory_due_s = self._memory_s - snapshot.elapsed_s
        self._look_s = now_s + (LOOK_EVERY_S if self.span.is_watching else max(LOOK_EVERY_S, memory_due_s))
        if self.span.end is not None:
            # Not here: what is under way may take too long to finish.
            self._stopping = threading.Thread(target=self._stop, name="daskflow sweep stop", daemon=True)
            self._stopping.start()

    def _stop(self) -> None:
        with contextlib.suppress(FlowFailed):  # whoever joins hears of it
            self._flow.stop()

    def _late(self, timeout_s: float) -> str:
        snapshot = self._flow.metrics()
        return (
            f"it had not ended after {timeout_s:g} s (trial_timeout_s), and was ended: {arrived(snapshot)} "
            f"messages had come to the end of the flow, which was {snapshot.state}"
        )
