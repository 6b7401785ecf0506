"""Several cameras in one picture: a wall of tiles, to be watched in a browser while it is written.

    python camera_wall.py [CAMERA ...]

It needs ``pip install "daskflow[vision]"``. A camera is an address (RTSP, HTTP) or a video file; without any,
four moments of the sample play side by side, at their own pace.

Look at the address that is printed, in a browser, and at wall.mp4 afterwards. Cameras of different rates keep
in step: in a BATCH flow with short queues the slowest holds up the others, and a camera that is asked again
gives its newest frame.
"""

import math
import sys
from importlib.resources import files

import cv2
import numpy as np

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import MjpegServer, VideofileWriter
from daskflow.producers import VideofileReader, VideoUrlReader


class Wall(ProcessorNode):
    """Puts one frame of each camera into a picture, row by row."""

    def __init__(self, names: list[str], width: int = 384, height: int = 288, **options) -> None:
        super().__init__(**options)
        self.names, self.width, self.height = names, width, height

    def process(self, *frames: np.ndarray, ctx) -> np.ndarray:
        columns = math.ceil(math.sqrt(len(frames)))
        rows = math.ceil(len(frames) / columns)
        wall = ctx.empty((rows * self.height, columns * self.width, 3))  # in the memory that readers see
        wall[:] = 0
        for place, (name, frame) in enumerate(zip(self.names, frames, strict=True)):
            top, left = place // columns * self.height, place % columns * self.width
            tile = wall[top : top + self.height, left : left + self.width]
            tile[:] = cv2.resize(frame, (self.width, self.height), interpolation=cv2.INTER_AREA)
            for colour, thickness in (((0, 0, 0), 4), ((255, 255, 255), 1)):  # readable on any ground
                cv2.putText(tile, name, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, thickness)
        return wall


def reader(camera: str, name: str):
    if "://" in camera:
        return VideoUrlReader(camera, name=name)
    return VideofileReader(camera, name=name, realtime=True)


sample = str(files("daskflow") / "data" / "pedestrians.mp4")
if len(sys.argv) > 1:
    cameras = [reader(camera, f"camera {i}") for i, camera in enumerate(sys.argv[1:], 1)]
else:
    cameras = [
        VideofileReader(sample, start=start, max_frames=75, realtime=True, name=f"camera {i}")
        for i, start in enumerate((0, 75, 150, 225), 1)
    ]
wall = Wall([camera.name for camera in cameras])(*cameras)
flow = Flow(cameras, [VideofileWriter("wall.mp4")(wall), MjpegServer()(wall)], BATCH, "wall", queue_size=2)
flow.run()
flow.join()  # Ctrl-C stops cameras that have no end
print("wrote wall.mp4")
