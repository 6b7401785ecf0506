"""A stage that waits 20 ms for each message, to be run as 1, 2, 4, 8 tasks: how much do more of them gain?

    daskflow sweep scaling.py --set stage.nb_tasks=1,2,4,8 --warmup 100 --duration 6 --repeats 3 --out scaling

Look at the column messages/s: it doubles with the tasks, on two cores too, since the stage waits rather than
computes. As a program of its own this does nothing: it only says how the flow is built.
"""

import time

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import VoidConsumer
from daskflow.producers import IntProducer


class Stage(ProcessorNode):
    """Takes its time, and passes on what it got."""

    def __init__(self, wait_s: float, **options) -> None:
        super().__init__(**options)
        self.wait_s = wait_s

    def process(self, value: int) -> int:
        time.sleep(self.wait_s)
        return value


def build(wait_s: float = 0.020) -> Flow:
    """The flow; it has no end, so that the sweep says when a trial is over."""
    numbers = IntProducer(name="numbers")
    stage = Stage(wait_s, name="stage")(numbers)
    return Flow([numbers], [VoidConsumer(name="sink")(stage)], BATCH, name="scaling")
