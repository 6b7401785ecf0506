"""A process is killed while a BATCH flow runs, and nothing is lost.

Look at the output: one of the three processes of `squares` gets a SIGKILL, as if the system had run out of
memory. A new one is started in its place, the messages that it held are done again, and at the end each
number is there once, in order.
"""

import os
import signal
import time

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.producers import IntProducer


class Square(ProcessorNode):
    """Takes 10 ms for a number."""

    def process(self, number: int) -> int:
        time.sleep(0.010)
        return number**2


COUNT = 400

numbers = IntProducer(0, COUNT - 1)
squares = Square(nb_tasks=3, name="squares")(numbers)
results = CollectConsumer()(squares)

flow = Flow([numbers], [results], BATCH, name="kill a worker")
flow.run()
while flow.metrics()[squares].received < COUNT // 4:
    time.sleep(0.05)

victim = flow.metrics().tasks["squares-1"]
print(f"{victim.name} is process {victim.pid}, has done {victim.done}, holds {victim.in_hand}: kill -9")
os.kill(victim.pid, signal.SIGKILL)

flow.join()
metrics = flow.metrics()
for task in metrics.tasks.values():
    if task.node == "squares":
        print(f"{task.name}: {task.done} done, {task.restarts} restarts")
for mishap in metrics.mishaps:  # the log has said so already
    print(f"{mishap.task}, {mishap.level}: {mishap.words}")

found = flow.results(results)
assert found == [number**2 for number in range(COUNT)], "lost, doubled or out of order"
print(f"{len(found)} results of {COUNT}, each once and in order; {metrics[squares].restarts} restart")
