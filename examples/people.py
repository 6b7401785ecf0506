"""Video in, video out: boxes around the people who walk through the picture.

    python people.py [INPUT [OUTPUT]]

Look at the video: people.mp4 unless you say otherwise. And at the table: the node that is nearly always busy
is the one that sets the pace.
"""

import sys
from importlib.resources import files

from daskflow.consumers import VideofileWriter
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.processors.vision import BoundingBoxAnnotator, MotionDetector
from daskflow.producers import VideofileReader

source = sys.argv[1] if len(sys.argv) > 1 else str(files("daskflow") / "data" / "pedestrians.mp4")
target = sys.argv[2] if len(sys.argv) > 2 else "people.mp4"

reader = VideofileReader(source)
people = MotionDetector()(reader)
boxes = BoundingBoxAnnotator(nb_tasks=2)(reader, people)
writer = VideofileWriter(target)(boxes)

flow = Flow([reader], [writer], BATCH, name="people")
flow.run()
flow.join()
print(flow.metrics())
print(f"wrote {target}")
