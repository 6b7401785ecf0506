"""Messages of 1 kB to 6 MB through a stage that makes new ones: what does their size cost?

    daskflow sweep payload.py --set size_kb=1,10,100,1000,6000 --warmup 100 --duration 6 --out payload

Look at messages/s beside the size. Up to 16 kB travels inside the message; what is larger is copied into
shared memory once by whoever makes it, and read where it is.
"""

import numpy as np

from daskflow import BATCH, Flow, ProcessorNode, ProducerNode
from daskflow.consumers import VoidConsumer


class Payloads(ProducerNode):
    """Gives arrays of a size, each a new one."""

    def __init__(self, size_kb: float, **options) -> None:
        super().__init__(**options)
        self.size_bytes = round(1000 * size_kb)
        self.number = 0

    def next(self) -> np.ndarray:
        """An array of bytes."""
        self.number += 1
        return np.full(self.size_bytes, self.number % 256, np.uint8)


class Negative(ProcessorNode):
    """Makes a new array of each."""

    def process(self, value: np.ndarray) -> np.ndarray:
        return 255 - value


def build(size_kb: float = 1.0) -> Flow:
    """The flow, without an end; sizes in thousands of bytes."""
    payloads = Payloads(size_kb, name="payloads")
    negative = Negative(name="negative")(payloads)
    return Flow([payloads], [VoidConsumer(name="sink")(negative)], BATCH, name="payload")
