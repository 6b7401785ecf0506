"""Watches a run from inside of the scheduler's process, for all who want to know how it goes."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import median

from daskflow.ledger import Ledger
from daskflow.ledger.slots import slot_owner
from daskflow.monitor.mishaps import mishaps_of
from daskflow.monitor.parts import Moment, Rescaling
from daskflow.monitor.runs import Picture
from daskflow.monitor.sampling import START, Facts, Sample, moment_of, run_snapshot
from daskflow.monitor.sampling.gauge import Gauge, UsageGauge
from daskflow.monitor.snapshot import ENDED, FAILED, RUNNING, STARTING, STOPPING, RunSnapshot
from daskflow.plan import Plan
from daskflow.transport.clock import clock
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.reading import Reading

NewGauge = Callable[[int, Path], UsageGauge]
"""Makes a gauge from the identity of the ledger's thread and the place of shared memory."""

SAMPLE_EVERY_S = 1.0
START_EVERY_S = 0.1
"""Between two samples, and while nodes open, so that the start of messages is not missed by much."""

RECENT_S = 5.0
"""What is called recent."""

LAGS = 10
"""Of so many answers of the ledger the median is told."""

MOST_MOMENTS = 300
"""How many moments are remembered for time lines, one for each sample."""

MOST_RESCALINGS = 20


class RunMonitor:
    """Samples ledger, tasks and machine in a thread of its own, which ends with the run.

    Snapshots are made when somebody asks. A `daskflow.monitor.runs.WatchedRun`.

    Parameters
    ----------
    plan : Plan
        Of the run.
    run_id : str
        Which run.
    thread : LedgerThread
        Of the run.
    places : RunPlaces
        Of the run.
    total : int or None
        How many messages there will be.
    failure : callable
        What failed the run, or None.
    new_gauge : callable
        Makes what reads the use of processes and machine.
    """

    def __init__(
        self,
        plan: Plan,
        run_id: str,
        thread: LedgerThread,
        places: RunPlaces,
        total: int | None,
        failure: Callable[[], object],
        new_gauge: NewGauge = Gauge,
    ) -> None:
        self._plan = plan
        self._run_id = run_id
        self._ledger: Ledger = thread.service.ledger
        self._thread = thread
        self._places = places
        self._total = total
        self._failure = failure
        self._new_gauge = new_gauge
        self._gauge: UsageGauge | None = None
        self._has_begun = False  # to measure: messages can move
        self._lags_s: deque[float] = deque([0.0], maxlen=LAGS)
        self._samples: deque[Sample] = deque([START])  # the recent ones since messages could move
        self._last: Sample | None = None
        self._moments: deque[Moment] = deque(maxlen=MOST_MOMENTS)
        self._rescalings: deque[Rescaling] = deque(maxlen=MOST_RESCALINGS)
        self._changes: dict[str, Sample] = {}  # when each node was last given other tasks, or lost some
        self._final: Sample | None = None
        self._made: tuple[Sample, RunSnapshot] | None = None
        self._lock = threading.RLock()  # a signal's handler may ask too
        self._is_closing = threading.Event()
        self._sampler = threading.Thread(target=self._run, name="daskflow monitor", daemon=True)

    @property
    def run_id(self) -> str:
        """Which run it is."""
        return self._run_id

    def replan(self, plan: Plan, node: str, before: int, after: int, reason: str) -> None:
        """Take note that a node has more or fewer tasks from now on, and log it."""
        started_s = self._ledger.started_s
        elapsed_s = 0.0 if started_s is None else clock() - started_s
        rescaling = Rescaling(elapsed_s, node, before, after, reason)
        logging.getLogger(f"daskflow.{node}").info("%s", rescaling)
        with self._lock:
            self._plan = plan
            self._rescalings.append(rescaling)
            self._made = None

    def note_changed(self, node: str) -> None:
        """Take note that the tasks of a node are from now on those that it has been planned to have."""
        sample = self.mark()
        with self._lock:
            self._changes[node] = sample

    def since_change(self, node: str) -> RunSnapshot:
        """A snapshot of the last sample, whose last seconds begin after the node's tasks last changed.

        From any thread, waits for the ledger at first. What has no span yet was not measured.
        """
        with self._lock:
            last = self._final or self._last
            if last is not None:
                begins = [self._samples[0], self._changes.get(node, START)]
                begin = max(begins, key=lambda sample: sample.reading.now_s)
                return self.between(min(begin, last, key=lambda sample: sample.reading.now_s), last)
        return self.now()

    def start(self) -> None:
        """Begin to sample; the ledger's thread runs."""
        self._gauge = self._new_gauge(self._thread.ident, self._places.memory)
        self._sampler.start()

    def close(self) -> None:
        """Sample no more; blocks for some milliseconds."""
        self._is_closing.set()
        if self._sampler.ident is not None:
            self._sampler.join()

    def note_over(self) -> None:
        """Take the last sample: every task has closed, or will not. In the ledger's thread or after it."""
        reading = self._thread.service.read()
        with self._lock:
            self._final = self._last = self._sample_of(reading)

    def latest(self) -> RunSnapshot:
        """A snapshot of the last sample; from any thread, without waiting for the ledger but at first."""
        if self._last is None:
            return self.now()
        with self._lock:
            return self._snapshot(self._final or self._last)

    def now(self) -> RunSnapshot:
        """A snapshot of this moment; from any thread, waits for the ledger's."""
        if self._final is None:
            try:
                reading = self._thread.call(self._thread.service.read)
            except concurrent.futures.CancelledError:  # it has just ended, or never began
                reading = self._thread.service.read()
            with self._lock:
                return self._snapshot(self._sample_of(reading))
        return self.latest()

    def mark(self) -> Sample:
        """A moment to measure from; from any thread, waits for the ledger's."""
        try:
            reading = self._thread.call(self._thread.service.read)
        except concurrent.futures.CancelledError:  # it has just ended
            reading = self._thread.service.read()
        with self._lock:
            return self._final or self._sample_of(reading)

    def between(self, since: Sample, until: Sample) -> RunSnapshot:
        """A snapshot of a moment whose last seconds are those since an earlier one."""
        with self._lock:
            return run_snapshot(self._plan, self._run_id, until, since, Facts(state=self._state))

    def payload_bytes(self) -> dict[str, int]:
        """How large the slots of each node are, as a mean, in bytes; nodes without any are missing.

        Of slots in GPU memory nothing is known here. Reads the directories of the run: some milliseconds.
        """
        sizes: dict[str, list[int]] = {}
        for place in self._places.both:
            for slot in self._places.slots_in(place):
                task, _ = slot_owner(slot)
                with contextlib.suppress(OSError):  # it has just gone
                    size = self._places.slot_file(place, slot).stat().st_size
                    sizes.setdefault(self._ledger.tasks[task].node.spec.name, []).append(size)
        return {node: sum(own) // len(own) for node, own in sizes.items()}

    def picture(self, source: str, target: str) -> Picture | None:
        """The last picture of an edge that was asked for, and ask for the next; from any thread.

        Does not wait. None where there is none yet, where no message was an image, and where the run was
        started without previews.
        """
        service = self._thread.service
        shown, _ = service.pictures.look(source, target)
        if service.pictures.is_due(source, target):
            self._thread.post(service.ask_for_picture, source, target)
        return None if shown is None else Picture(shown.jpeg, shown.width, shown.height, shown.number)

    def _snapshot(self, sample: Sample) -> RunSnapshot:
        if self._made is None or self._made[0] is not sample or self._made[1].state != self._state:
            facts = Facts(
                state=self._state,
                time_s=time.time() - (clock() - sample.reading.now_s),
                total=self._total,
                history=tuple(self._moments),
                mishaps=mishaps_of(self._thread.service.records.kept),
                rescalings=tuple(self._rescalings),
                can_preview=self._thread.service.pictures.is_allowed,
            )
            since = self._samples[0]
            self._made = sample, run_snapshot(self._plan, self._run_id, sample, since, facts)
        return self._made[1]

    def _sample_of(self, reading: Reading) -> Sample:
        if self._gauge is None:
            return Sample(reading)
        if reading.ledger.elapsed_s > 0 and not self._has_begun:
            self._has_begun = True
            self._gauge.begin()
        tasks, own = reading.ledger.tasks, len(self._plan.nodes)
        pids = {task: pid for task, pid in reading.pids.items() if tasks[task].node < own}
        return Sample(reading, self._gauge.read(pids, median(self._lags_s)))

    @property
    def _state(self) -> str:
        if self._final is not None:
            return FAILED if self._failure() is not None else ENDED
        if self._ledger.started_s is None:
            return STARTING
        return STOPPING if self._ledger.is_stopping or self._ledger.is_aborting else RUNNING

    def _run(self) -> None:
        while not self._is_closing.wait(START_EVERY_S if self._ledger.started_s is None else SAMPLE_EVERY_S):
            try:
                self._sample()
            except concurrent.futures.CancelledError:
                return  # the ledger's thread has ended

    def _sample(self) -> None:
        begin_s = clock()
        reading = self._thread.call(self._thread.service.read)
        self._lags_s.append(clock() - begin_s)
        with self._lock:
            if self._final is not None:  # what comes after the end is not the run's
                return
            samples, sample = self._samples, self._sample_of(reading)
            self._last = sample
            if not reading.ledger.elapsed_s:
                return
            self._moments.append(moment_of(self._plan, sample, samples[-1]))
            samples.append(sample)
            while len(samples) > 2 and samples[1].reading.now_s <= reading.now_s - RECENT_S:
                samples.popleft()
