"""A producer without an end, stopped after a second.

Look at the last line: every number that was produced has been printed, for `stop()` lets what is under way
be finished before it returns. Ctrl-C while `join()` waits does the same.
"""

import time

from daskflow.consumers import CommandlineConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer

numbers = IntProducer(0, fps=40)
passed = IdentityProcessor()(numbers)
printed = CommandlineConsumer()(passed)

flow = Flow([numbers], [printed], BATCH, name="stopping")
flow.run()
time.sleep(1)
flow.stop()

metrics = flow.metrics()
print(f"produced {metrics[numbers].emitted}, printed {metrics[printed].received}")
