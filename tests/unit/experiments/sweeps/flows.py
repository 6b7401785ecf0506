"""A flow that sweeps are tried on; most of these tests never run it."""

from __future__ import annotations

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer


def build(stages: int = 1) -> Flow:
    numbers = IntProducer(0, 9, name="numbers")
    last = numbers
    for place in range(stages):
        last = IdentityProcessor(name=f"stage-{place}")(last)
    return Flow([numbers], [VoidConsumer(name="sink")(last)], BATCH, name="chain")
