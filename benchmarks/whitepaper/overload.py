"""A source of 100 messages a second before a stage that can do 50: in batch and in real time.

    daskflow sweep overload.py --set flow_type=batch,realtime --warmup 100 --duration 8 --out overload

Look at dropped and at the latency in the report. In batch the source is slowed and nothing is lost; in real
time half of what comes is dropped, the oldest first, and what arrives is fresh.
"""

from daskflow import Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer


def build(flow_type: str = "batch", offered: float = 100.0, done: float = 50.0) -> Flow:
    """The flow, without an end; rates in messages per second."""
    numbers = IntProducer(fps=offered, name="numbers")
    stage = IdentityProcessor(fps=done, name="stage")(numbers)
    return Flow([numbers], [VoidConsumer(name="sink")(stage)], flow_type, name="overload")
