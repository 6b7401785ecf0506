"""Three processors in one process: what `TaskModuleNode` takes in is called in turn, without a way between.

Look at the plan that is printed first: the three processors are one task.
"""

from daskflow.consumers import CommandlineConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.core.node import FunctionProcessorNode, TaskModuleNode
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer

numbers = IntProducer(0, 20)
first = IdentityProcessor()(numbers)
squared = FunctionProcessorNode(lambda number: number**2)(first)
joined = JoinerProcessor()(first, squared)
module = TaskModuleNode(first, joined, name="three in one")
printed = CommandlineConsumer()(module)

flow = Flow([numbers], [printed], BATCH, name="task module")
print(flow.plan())
flow.run()
flow.join()
