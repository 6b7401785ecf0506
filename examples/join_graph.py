"""Fifteen nodes that fork and join at several levels, short cuts included.

Look at the output: 100 lines, in order, each holding the same number five times. No join waits for ever and
none pairs different numbers, however uneven the ways are.
"""

import random
import time

from daskflow.consumers import CommandlineConsumer, VoidConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.core.node import ProcessorNode
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer


class Jitter(ProcessorNode):
    """Passes its input on after up to five milliseconds."""

    def process(self, value):
        time.sleep(random.random() * 0.005)
        return value


class Flatten(ProcessorNode):
    """Makes one flat tuple of nested ones."""

    def process(self, value):
        return tuple(self._leaves(value))

    def _leaves(self, value):
        if isinstance(value, tuple):
            for part in value:
                yield from self._leaves(part)
        else:
            yield value


numbers = IntProducer(0, 99, name="numbers")

left = Jitter(name="left")(numbers)
left_up = Jitter(name="left up")(left)
left_down = IdentityProcessor(name="left down")(left)
left_join = JoinerProcessor(name="left join")(left_up, left_down)

right = Jitter(name="right", nb_tasks=2)(numbers)
right_up = IdentityProcessor(name="right up")(right)
right_down = Jitter(name="right down")(right_up)
right_join = JoinerProcessor(name="right join")(right_up, right_down)

middle = JoinerProcessor(name="middle")(left_join, right_join)
all_together = JoinerProcessor(name="all together")(numbers, middle)  # beside five nodes in a row
flat = Flatten(name="flat")(all_together)

printed = CommandlineConsumer(name="printed")(flat)
ignored = VoidConsumer(name="ignored")(middle)
unread = IdentityProcessor(name="unread")(right_down)  # a dead end

flow = Flow([numbers], [printed, ignored], BATCH, name="join graph")
assert len(flow.nodes) == 15
flow.run()
flow.join()
