"""Chains of 1 to 8 nodes that do nothing, with 20 messages a second: what does one more of them cost?

    daskflow sweep hops.py --set depth=1,2,4,8 --warmup 20 --duration 10 --repeats 3 --out hops

Look at latency p50 in the report: it grows by the cost of a hop with each node. Messages are so rare that
none waits for another.
"""

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer


def build(depth: int = 1, wait_s: float = 0.05) -> Flow:
    """A flow with so many nodes between source and sink; it has no end."""
    last = numbers = IntProducer(wait_time_in_seconds=wait_s, name="numbers")
    for i in range(depth):
        last = IdentityProcessor(name=f"hop{i}")(last)
    return Flow([numbers], [VoidConsumer(name="sink")(last)], BATCH, name="hops")
