"""A node with memory: `SumAggregator` is a one-task node, so it is given the numbers in order.

Look at the sums: 0, 1, 3, 6, 10, ... The identity before it runs as three tasks that overtake each other.
"""

from daskflow.consumers import CommandlineConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.processors import IdentityProcessor
from daskflow.processors.aggregators import SumAggregator
from daskflow.producers import IntProducer

numbers = IntProducer(0, 30)
waits = IdentityProcessor(fps=100, nb_tasks=3)(numbers)
total = SumAggregator()(waits)
printed = CommandlineConsumer()(total)

flow = Flow([numbers], [printed], BATCH, name="running sum")
flow.run()
flow.join()
