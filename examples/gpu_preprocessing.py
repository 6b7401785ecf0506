"""Frames are made ready for a network: on a GPU where there is one, else on the CPU, by the same code.

    python gpu_preprocessing.py [INPUT [OUTPUT]]

It needs ``pip install "daskflow[vision]"``; for a GPU ``"daskflow[vision,gpu]"`` (CUDA 12), or ``gpu13``.

Look at the lines at the end: on which device each task was, and why. Both nodes ask for a GPU, and what
passes from one to the other stays in its memory. And at the video, edges.mp4 unless you say otherwise.
"""

import sys
from importlib.resources import files

from daskflow import BATCH, GPU, Flow, ProcessorNode
from daskflow.consumers import VideofileWriter
from daskflow.processors.vision import Resizer
from daskflow.producers import VideofileReader


class Edges(ProcessorNode):
    """How steep the picture is at each pixel: grey, uint8.

    `self.xp` is CuPy in a task with a GPU and NumPy in one without, and the result may be of either.
    """

    def process(self, frame, ctx):
        grey = ctx.to_device(frame).astype(self.xp.float32).mean(axis=2)
        down, across = self.xp.gradient(grey)
        return self.xp.clip(4 * self.xp.hypot(down, across), 0, 255).astype(self.xp.uint8)


source = sys.argv[1] if len(sys.argv) > 1 else str(files("daskflow") / "data" / "pedestrians.mp4")
target = sys.argv[2] if len(sys.argv) > 2 else "edges.mp4"

reader = VideofileReader(source)
small = Resizer(512, 384, device_type=GPU, gpu_share=0.5)(reader)
edges = Edges(device_type=GPU, gpu_share=0.5)(small)
writer = VideofileWriter(target)(edges)

flow = Flow([reader], [writer], BATCH, name="gpu preprocessing")
flow.run()
flow.join()
metrics = flow.metrics()
for task in metrics.tasks.values():
    print(f"{task.name:20} {task.device:20} {1000 * metrics[task.node].process_time_s:6.2f} ms a frame")
print(f"wrote {target}")
