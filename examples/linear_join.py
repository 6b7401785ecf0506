"""A line and a short cut that meet again: `joined` gets both results of the same number, never of two.

Look at the pairs: `(0, 0)`, `(1, 1)`, ... in order, although one way is slower than the other.
"""

from daskflow.consumers import CommandlineConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer

numbers = IntProducer(0, 20)
slow = IdentityProcessor(fps=50, name="slow")(numbers)
joined = JoinerProcessor(name="joined")(numbers, slow)
printed = CommandlineConsumer()(joined)

flow = Flow([numbers], [printed], BATCH, name="linear join")
flow.run()
flow.join()
