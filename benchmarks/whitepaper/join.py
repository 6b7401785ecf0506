"""Each message goes three ways, through a stage of 20 ms each, and is joined: what do more tasks gain?

    daskflow sweep join.py --set tasks=1,2,4 --warmup 50 --duration 8 --repeats 3 --out join

Look at messages/s: it should double with the tasks. The join has the parts of each message together and gives
them in order, whichever task of whichever stage is the first to have its part.
"""

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer


def build(tasks: int = 1, ways: int = 3, fps: float = 50.0) -> Flow:
    """The flow, without an end."""
    numbers = IntProducer(name="numbers")
    parts = [IdentityProcessor(fps=fps, nb_tasks=tasks, name=f"part{i}")(numbers) for i in range(ways)]
    joined = JoinerProcessor(name="join")(*parts)
    return Flow([numbers], [VoidConsumer(name="sink")(joined)], BATCH, name="join")
