"""Who walks where: people in a video are found, followed, and counted as they cross a line.

    python people_counter.py [INPUT [OUTPUT_FOLDER]]

It needs the packages of two extras: ``pip install "daskflow[vision,tracking]"``. Three files come of it:

- people.mp4: the video with a box, a number and a trail for each person, the line, and both counts;
- tracks.csv: where each person was, frame by frame;
- events.jsonl: each crossing, with its time, which way it went, and who it was.

Look at the video, and at the last line here: how many have gone in and out. Line and numbers are right for
the street scene that comes with daskflow; for a street of your own, change them.
"""

import sys
from importlib.resources import files
from pathlib import Path

from daskflow.consumers import DetectionsFileWriter, JsonLinesConsumer, VideofileWriter
from daskflow.core import Flow
from daskflow.core.constants import BATCH
from daskflow.processors.vision import (
    BoundingBoxAnnotator,
    HeadsUpDisplay,
    LabelAnnotator,
    LineAnnotator,
    LineCounter,
    MotionDetector,
    SceneAnnotator,
    TraceAnnotator,
    Tracker,
)
from daskflow.producers import VideofileReader
from daskflow.scene import Line

LINE = Line((230, 0), (230, 576), name="path")
"""x and y in pixels. Along it "in" is on the left hand: what goes to the right in the picture, goes in."""

source = sys.argv[1] if len(sys.argv) > 1 else str(files("daskflow") / "data" / "pedestrians.mp4")
folder = Path(sys.argv[2] if len(sys.argv) > 2 else "people_counter")
folder.mkdir(parents=True, exist_ok=True)

reader = VideofileReader(source)
moving = MotionDetector(algorithm="knn")(reader)
people = Tracker(
    "ocsort",
    boxes="estimated",
    high_conf_det_threshold=0.2,
    minimum_iou_threshold=0.1,
    frame_rate=10,
    lost_track_buffer=90,
)(moving)
crossings = LineCounter(line=LINE, minimum_crossing_threshold=2, patience_s=2)(people)

scene = SceneAnnotator(
    TraceAnnotator(),
    BoundingBoxAnnotator(),
    LabelAnnotator(parts=("track",)),
    LineAnnotator(),
    HeadsUpDisplay(corner="top_right"),
)(reader, people, crossings)

flow = Flow(
    [reader],
    [
        VideofileWriter(folder / "people.mp4")(scene),
        DetectionsFileWriter(folder / "tracks.csv")(people),
        JsonLinesConsumer(folder / "events.jsonl", events_only=True)(crossings),
    ],
    BATCH,
    name="people_counter",
)
flow.run()
flow.join()
print(flow.metrics())
events = (folder / "events.jsonl").read_text().splitlines()
entered = sum('"line_in"' in event for event in events)
print(f"{entered} went in over the line, {len(events) - entered} out; look at {folder}/people.mp4")
