"""A stage that waits 20 ms for each message, as 1, 2, 4 and 8 tasks: how much do more of them gain?

    daskflow sweep stages.py --set stage.nb_tasks=1,2,4,8 --warmup 100 --duration 8 --repeats 3 --out stages

Look at messages/s: it should double with the tasks, on two cores too, since the stage waits rather than
computes.
"""

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer


def build(fps: float = 50.0) -> Flow:
    """The flow; it has no end, so that the sweep says when a trial is over."""
    numbers = IntProducer(name="numbers")
    stage = IdentityProcessor(fps=fps, name="stage")(numbers)
    return Flow([numbers], [VoidConsumer(name="sink")(stage)], BATCH, name="stages")
