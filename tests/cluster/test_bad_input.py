"""Bad input as a user meets it: one line that names the file or the address, and nothing left behind."""

from __future__ import annotations

import re
import socket
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from daskflow import BATCH, REALTIME, Flow, FunctionProcessorNode
from daskflow.consumers import VideofileWriter, VoidConsumer
from daskflow.errors import NodeError
from daskflow.producers import VideofileReader, VideoUrlReader
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.programs import DASKFLOW, Start
from tests.unit.media import noise, read_video, write_video
from tests.unit.producers.stream_server import PATIENCE_S, Camera

PROGRAM = """
from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.producers import VideofileReader, VideoUrlReader

def build(reader):
    return Flow([reader], [VoidConsumer()(reader)], BATCH)

def text():
    return build(VideofileReader("text.mp4"))

def camera():
    return build(VideoUrlReader("rtsp://admin:hunter2@127.0.0.1:PORT/live?token=abc123", open_timeout_s=5))
"""


NOT_A_VIDEO = r"ValueError: FOLDER/text\.mp4 cannot be read as a video \(.*\): it is of another kind, or .*"
NOBODY = r"ConnectionError: rtsp://admin:\*\*\*@127\.0\.0\.1:PORT/live\?token=\*\*\* cannot be opened .*"


@pytest.mark.parametrize(
    ("flow", "words"), [("text", NOT_A_VIDEO), ("camera", NOBODY)], ids=["text", "camera"]
)
def test_the_command_line_names_what_it_cannot_read(
    start: Start, tmp_path: Path, flow: str, words: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])  # nobody listens there in a moment
    (tmp_path / "bad.py").write_text(PROGRAM.replace("PORT", port))
    (tmp_path / "text.mp4").write_text("this is no video\n" * 50)
    process = start(*DASKFLOW, "run", f"bad.py:{flow}")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    words = words.replace("FOLDER", str(tmp_path)).replace("PORT", port)
    assert re.fullmatch(rf"Error: open\(\) of node .* failed: {words}", err.splitlines()[-1])
    assert "hunter2" not in out + err
    assert "abc123" not in out + err


def test_a_flow_stops_though_its_camera_has_fallen_silent() -> None:
    with closing(Camera()) as camera:
        reader = VideoUrlReader(camera.url("admin:hunter2@"), read_timeout_s=3600)
        sources = FunctionProcessorNode(lambda frame, ctx: (frame.shape, ctx.metadata["source"]))(reader)
        tells = nodes.Tells()(sources)
        flow = Flow([reader], [tells], REALTIME)
        flow.run(cluster=NO_DASHBOARD)
        assert tells.came.wait(PATIENCE_S)
        flow.stop()
    assert flow.results(tells)[0] == ((48, 64, 3), f"http://admin:***@127.0.0.1:{camera.port}/live")
    metrics = flow.metrics()
    assert metrics[sources].received + metrics[sources].dropped == metrics[reader].emitted


def test_a_file_of_which_nothing_can_be_decoded_fails_the_flow_by_name(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mov", map(noise, range(3)), codec="png", pix_fmt="rgb24")
    path.write_bytes(path.read_bytes().replace(b"\x89PNG", b"\x00XYZ").replace(b"IDAT", b"ZZZZ"))
    reader = VideofileReader(path)
    flow = Flow([reader], [VoidConsumer()(reader)], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    with pytest.raises(NodeError, match=f"no frame of {path} can be decoded"):
        flow.join()


def test_a_truncated_file_gives_what_is_left_of_it(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", map(noise, range(20)), codec="mjpeg", pix_fmt="yuvj420p")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    reader = VideofileReader(path)
    writer = VideofileWriter(tmp_path / "out.mp4")(reader)
    flow = Flow([reader], [writer], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    count = flow.metrics()[reader].emitted
    assert 0 < count < 20
    assert len(read_video(tmp_path / "out.mp4")[0]) == count


def test_frames_that_become_no_frames_name_the_node_and_leave_a_file_that_plays(tmp_path: Path) -> None:
    def turn(frame: np.ndarray, ctx) -> np.ndarray:
        return frame if ctx.sequence_number < 4 else frame.astype(np.float32)

    reader = VideofileReader(write_video(tmp_path / "v.mp4", map(noise, range(9))))
    writer = VideofileWriter(tmp_path / "out.mp4", name="writer")(FunctionProcessorNode(turn)(reader))
    flow = Flow([reader], [writer], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    with pytest.raises(NodeError, match=r"'writer'.*at message 4.*got an array of dtype float32") as caught:
        flow.join()
    assert isinstance(caught.value.__cause__, TypeError)
    assert len(read_video(tmp_path / "out.mp4")[0]) == 4
