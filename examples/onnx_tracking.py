"""A detector from an ONNX file, and tracks of what it finds.

    python onnx_tracking.py [MODEL.onnx] [INPUT [OUTPUT]]

It needs ``pip install "daskflow[vision,tracking,onnx]" onnx``. The model is any detector of the YOLO family,
such as ``yolo export model=yolo11n.pt format=onnx`` makes. Without one, a small network is made here, which
knows how the empty street looks and finds where a frame differs by the width and height of a person.

Look at the video, tracked.mp4 unless you say otherwise: a box around each person, with class, number and
confidence, and the way that each has come.
"""

import itertools
import sys
from importlib.resources import files

import av
import numpy as np
import onnx
import onnx.parser

from daskflow import BATCH, Flow
from daskflow.consumers import VideofileWriter
from daskflow.processors.vision import (
    BoundingBoxAnnotator,
    OnnxDetector,
    SceneAnnotator,
    TraceAnnotator,
    Tracker,
)
from daskflow.producers import VideofileReader

NETWORK = """
<ir_version: 8, opset_import: ["": 13], metadata_props: ["names": "{0: 'person'}"]>
what_differs (float[1, 3, 288, 384] images) => (float[1, 5, 6912] found) {
    difference = Sub (images, street)
    change = Abs (difference)
    strongest = ReduceMax <axes = [1]> (change)
    cells = AveragePool <kernel_shape = [4, 4], strides = [4, 4]> (strongest)
    near = AveragePool <kernel_shape = [5, 3], pads = [2, 1, 2, 1]> (cells)
    people = AveragePool <kernel_shape = [5, 3], pads = [2, 1, 2, 1]> (near)
    highest = MaxPool <kernel_shape = [11, 5], pads = [5, 2, 5, 2]> (people)
    is_peak = Equal (people, highest)
    peaks = Where (is_peak, people, zero)
    certain = Sqrt (peaks)
    confidence = Reshape (certain, row)
    found = Concat <axis = 1> (boxes, confidence)
}"""
"""Of the layout yolov8: centre, width, height and confidence of a box for each cell of 4 × 4 pixels."""


def make_model(path: str, video: str) -> str:
    with av.open(video) as film:
        step = max(1, film.streams.video[0].frames // 60)
        some = itertools.islice(film.decode(video=0), 0, None, step)
        frames = [frame.to_ndarray(format="rgb24", width=384, height=288) for frame in some]
    street = np.median(frames, axis=0).transpose(2, 0, 1)[None] / 255  # what most have at each pixel
    y, x = np.mgrid[2:288:4, 2:384:4]
    height = 12 + 0.22 * y  # who is lower in the picture is nearer, and taller
    boxes = np.stack([x, y, 0.45 * height, height]).reshape(1, 4, -1)
    model = onnx.parser.parse_model(NETWORK)
    for name, value in {"street": street, "boxes": boxes, "zero": np.zeros(())}.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(value.astype(np.float32), name))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0, 1, -1]), "row"))
    onnx.save(model, path)
    return path


arguments = sys.argv[1:]
model = arguments.pop(0) if arguments and arguments[0].endswith(".onnx") else None
source = arguments[0] if arguments else str(files("daskflow") / "data" / "pedestrians.mp4")
target = arguments[1] if len(arguments) > 1 else "tracked.mp4"
model = model or make_model("street.onnx", source)

reader = VideofileReader(source)
found = OnnxDetector(model, confidence=0.3)(reader)
tracked = Tracker(
    "bytetrack", boxes="estimated", track_activation_threshold=0.4, high_conf_det_threshold=0.4
)(found)
scene = SceneAnnotator(TraceAnnotator(), BoundingBoxAnnotator(labels=True))(reader, tracked)
writer = VideofileWriter(target)(scene)

flow = Flow([reader], [writer], BATCH, name="onnx tracking")
flow.run()
flow.join()
print(flow.metrics())
print(f"wrote {target}")
