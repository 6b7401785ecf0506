"""A task's own account of its time."""

from __future__ import annotations

import numpy as np

from daskflow.core.histogram import Histogram
from daskflow.runtime.meter import Meter
from daskflow.transport import wire
from daskflow.transport.checking import check_frame
from daskflow.transport.observations import TOLD_EVERY_S, busy_from


def test_what_it_tells_is_what_was_noted_and_then_it_begins_anew():
    now = 5.0
    meter = Meter(lambda: now)
    meter.slots = lambda: (4, 1)
    meter.busy_s += [0.01, 0.02, 0.0101, 0.0]
    meter.waited_s = 0.2
    assert meter.due_s == 5.0 + TOLD_EVERY_S
    meter.look([(np.zeros((4, 4, 3), np.uint8), {}), (7, {}), (np.zeros((4, 4), np.uint8), {})])
    assert not meter.wants_look
    now = 6.0
    frame = meter.frame()
    check_frame(frame)
    operation, span_s, waited_s, sum_s, counts, slots, on_disk, pictures = frame
    assert (operation, span_s, waited_s, slots, on_disk, pictures) == (wire.TIMES, 1.0, 0.2, 4, 1, [0, 2])
    assert busy_from(counts, sum_s) == Histogram.of([0.01, 0.02, 0.0101, 0.0])
    assert meter.due_s == 6.0 + TOLD_EVERY_S
    assert meter.wants_look
    assert meter.frame()[1:5] == [0.0, 0.0, 0.0, []]
