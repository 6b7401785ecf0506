"""A thousand messages through a stage of 20 ms as four tasks, of which one is killed half-way.

    daskflow sweep killed.py --set kills=0,1 --repeats 5 --out killed

Look at elapsed in the report: with a kill it is longer by what the task had in hand, which is done again,
and by what three do alone until another process has taken its place. Nothing is lost, and nothing comes
twice: the sink counts, and would fail the run.
"""

import os
import signal
import time

from daskflow import BATCH, ConsumerNode, Flow, ProcessorNode
from daskflow.producers import IntProducer


class Stage(ProcessorNode):
    """Takes 20 ms; the first process of the first task that comes to a number is killed there."""

    def __init__(self, fatal: int | None, **options) -> None:
        super().__init__(**options)
        self.fatal = fatal

    def process(self, value: int, ctx) -> int:
        time.sleep(0.020)
        if self.fatal is not None and value >= self.fatal and ctx.task_index == ctx.incarnation == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return value


class Counts(ConsumerNode):
    """Wants each number once, in order."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.expected = 0

    def consume(self, value: int) -> None:
        if value != self.expected:
            raise ValueError(f"got {value}, expected {self.expected}")
        self.expected += 1


def build(kills: int = 0, messages: int = 1000) -> Flow:
    """The flow, which ends."""
    numbers = IntProducer(0, messages - 1, name="numbers")
    stage = Stage(messages // 2 if kills else None, nb_tasks=4, name="stage")(numbers)
    return Flow([numbers], [Counts(name="counts")(stage)], BATCH, name="killed")
