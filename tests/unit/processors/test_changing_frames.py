"""Frames that become others in mid-stream: taken as they are, or refused by a message that names the node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.consumers import VideofileWriter
from daskflow.core.signature import method_signature
from daskflow.processors import vision
from daskflow.scene import Zone
from tests.unit.media import context, picture, read_video

FRAME = picture()
BOXES = sv.Detections(xyxy=np.array([[5.0, 5.0, 500.0, 500.0]]))

ONE_INPUT = [
    vision.Resizer(32, 24, name="node"),
    vision.Cropper(0, 0, 20, 20, name="node"),
    vision.ColorConverter("bgr2ycrcb", name="node"),
    vision.LetterboxTensor(64, 64, name="node"),
    vision.Letterbox(64, 64, name="node"),
    vision.ResizeByFactor(0.5, name="node"),
    vision.Flipper(name="node"),
    vision.Rotator(90, name="node"),
    vision.Masker([Zone([(0, 0), (20, 0), (0, 20)])], name="node"),
    vision.GaussianBlur(name="node"),
    vision.HistogramEqualizer(name="node"),
    vision.RunningAverage(name="node"),
    vision.MotionDetector(name="node"),
]
IN_COLOUR_ONLY = (vision.ColorConverter, vision.LetterboxTensor)

OTHER_SIZES = {
    "larger": picture(width=96, height=80),
    "turned": FRAME.transpose(1, 0, 2),
    "one pixel": FRAME[:1, :1],
    "mirrored": FRAME[:, ::-1],
}
OTHER_KINDS = {
    "four channels": np.dstack([FRAME, FRAME[..., :1]]),
    "one channel": FRAME[..., :1],
    "two channels": FRAME[..., :2],
    "batch": FRAME[None],
    "floats": FRAME.astype(np.float32),
    "16 bits": FRAME.astype(np.uint16),
    "16 bits from elsewhere": FRAME.astype(">u2"),
    "booleans": FRAME > 100,
    "signed": FRAME.astype(np.int8),
    "empty": FRAME[:0],
    "none": None,
    "list": [1, 2, 3],
    "bytes": FRAME.tobytes(),
}


def call(node: Any, *inputs: Any) -> Any:
    takes_context = method_signature(node.process).takes_context
    return node.process(*inputs, ctx=context()) if takes_context else node.process(*inputs)


@pytest.mark.parametrize("node", ONE_INPUT, ids=lambda node: type(node).__name__)
class TestProcessors:
    @pytest.mark.parametrize("change", OTHER_SIZES)
    def test_another_size_is_taken(self, node: Any, change: str) -> None:
        node.open()
        before = call(node, FRAME)
        result = call(node, OTHER_SIZES[change])
        again = call(node, FRAME)
        node.close()
        assert type(before) is type(result) is type(again)
        if isinstance(before, np.ndarray):
            assert again.shape == before.shape

    def test_grey_is_taken_or_refused_by_name(self, node: Any) -> None:
        node.open()
        call(node, FRAME)
        if isinstance(node, IN_COLOUR_ONLY):
            with pytest.raises(ValueError, match=r"^node .*takes frames"):
                call(node, FRAME[..., 0])
        else:
            call(node, FRAME[..., 0])
        call(node, FRAME)
        node.close()

    @pytest.mark.parametrize("change", OTHER_KINDS)
    def test_what_is_no_frame_is_refused_by_name_and_the_next_is_taken(self, node: Any, change: str) -> None:
        node.open()
        call(node, FRAME)
        with pytest.raises((TypeError, ValueError), match=r"^node takes frames, .*; got "):
            call(node, OTHER_KINDS[change])
        call(node, FRAME)
        node.close()


class TestTwoInputs:
    @pytest.mark.parametrize("change", [*OTHER_KINDS, "larger", "one pixel"])
    def test_two_frames_that_cannot_be_compared(self, change: str) -> None:
        node = vision.AbsoluteDifference(name="node")
        for inputs in (FRAME, ({**OTHER_KINDS, **OTHER_SIZES})[change]), (OTHER_KINDS["none"], FRAME):
            with pytest.raises((TypeError, ValueError), match=r"^node (takes|compares) frames"):
                call(node, *inputs)

    @pytest.mark.parametrize("change", OTHER_SIZES)
    def test_boxes_outside_of_a_frame_that_changed(self, change: str) -> None:
        frame = OTHER_SIZES[change]
        assert call(vision.BoundingBoxAnnotator(), frame, BOXES).shape == frame.shape

    @pytest.mark.parametrize("change", OTHER_KINDS)
    def test_what_is_no_frame_to_draw_on(self, change: str) -> None:
        with pytest.raises((TypeError, ValueError), match=r"^node takes frames"):
            call(vision.BoundingBoxAnnotator(name="node"), OTHER_KINDS[change], BOXES)


@pytest.mark.parametrize("extension", ["mp4", "avi"])
class TestWriter:
    @pytest.mark.parametrize("change", OTHER_SIZES)
    def test_another_size_is_resized_to_that_of_the_first(
        self, tmp_path: Path, extension: str, change: str
    ) -> None:
        path = tmp_path / f"v.{extension}"
        write(path, [FRAME, OTHER_SIZES[change], OTHER_SIZES[change][..., 0], FRAME])
        assert [image.shape for image in read_video(path)[0]] == [FRAME.shape] * 4

    @pytest.mark.parametrize("change", OTHER_KINDS)
    def test_what_is_no_frame_is_refused_and_the_rest_can_be_played(
        self, tmp_path: Path, extension: str, change: str
    ) -> None:
        path = tmp_path / f"v.{extension}"
        with pytest.raises((TypeError, ValueError), match=r"^writer takes frames"):
            write(path, [FRAME, FRAME, OTHER_KINDS[change]])
        assert len(read_video(path)[0]) == 2


def write(path: Path, frames: list[Any]) -> None:
    writer = VideofileWriter(path, name="writer")
    writer.open(context())
    try:
        for frame in frames:
            writer.consume(frame, context())
    finally:
        writer.close()
