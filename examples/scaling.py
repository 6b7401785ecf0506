"""How much do more tasks gain? A stage that takes 20 ms for each message is run as 1, 2, 4 and 8 tasks.

    python scaling.py [SECONDS [REPEATS [TASKS ...]]]

It needs ``pip install "daskflow[experiments]"``, and half a minute unless you say otherwise.

Look at the column messages/s: it doubles with the tasks, on two cores too, since the stage waits rather than
computes. And at scaling/report.html in a browser: rates with their intervals, and the speed-up beside the
ideal one and two laws of it. Run it again: what is in the folder is not measured anew.
"""

import sys

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.experiments import sweep
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer


def build(fps: float = 50) -> Flow:
    """The flow; it has no end, so that the sweep says when a trial is over."""
    numbers = IntProducer(name="numbers")
    stage = IdentityProcessor(fps=fps, name="stage")(numbers)
    return Flow([numbers], [VoidConsumer(name="sink")(stage)], BATCH, name="scaling")


result = sweep(
    build,
    grid={"stage.nb_tasks": [int(count) for count in sys.argv[3:]] or [1, 2, 4, 8]},
    duration_s=float(sys.argv[1]) if len(sys.argv) > 1 else 2,
    repeats=int(sys.argv[2]) if len(sys.argv) > 2 else 2,
    warmup_messages=20,
    folder="scaling",
)
print(result.table())
print("look at scaling/report.html")
