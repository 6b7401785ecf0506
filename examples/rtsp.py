"""An RTSP camera in, an RTSP stream out: boxes around what moves, and the flow's own delay, in real time.

    python rtsp.py CAMERA_URL PUBLISH_URL
    python rtsp.py [FRAMES]

It needs ``pip install "daskflow[vision]"`` and the program ffmpeg, which publishes. PUBLISH_URL is at a
server that takes streams, such as MediaMTX; any player shows it while the flow runs, until Ctrl-C. Without
addresses the sample is the camera for eight seconds, 80 frames, on the GStreamer server in servers/rtsp.py.

Look at published.ts, which is what came to that server, and at the corner of its picture: frames per second,
and how long one was on its way through the flow. What comes faster than it can be worked on is dropped.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from daskflow import REALTIME, Flow
from daskflow.consumers import RtspRestreamer
from daskflow.processors.vision import BoundingBoxAnnotator, HeadsUpDisplay, MotionDetector, SceneAnnotator
from daskflow.producers import VideoUrlReader


@contextmanager
def server_here() -> Iterator[str]:
    """The address of an RTSP server that plays the sample; it ends with the block."""
    film = str(files("daskflow") / "data" / "pedestrians.mp4")
    script = Path(__file__).with_name("servers") / "rtsp.py"
    python = shutil.which("python3", path="/usr/bin") or sys.executable  # GStreamer is the system's
    command = [python, str(script), film, "published.ts"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip()
            if not port:
                sys.exit("no RTSP server here (above it says why): give CAMERA_URL and PUBLISH_URL")
            yield f"rtsp://127.0.0.1:{port}"
        finally:
            server.terminate()


def play(camera: str, target: str, max_frames: int | None = None) -> None:
    reader = VideoUrlReader(camera, max_frames=max_frames)
    moving = MotionDetector()(reader)
    scene = SceneAnnotator(BoundingBoxAnnotator(), HeadsUpDisplay())(reader, moving)
    flow = Flow([reader], [RtspRestreamer(target)(scene)], REALTIME, name="rtsp")
    flow.run()
    flow.join()
    print(flow.metrics())


if len(sys.argv) > 2:
    play(sys.argv[1], sys.argv[2])
else:
    with server_here() as server:
        play(f"{server}/camera", f"{server}/gate", max_frames=int(sys.argv[1]) if len(sys.argv) > 1 else 80)
    print("wrote published.ts")
