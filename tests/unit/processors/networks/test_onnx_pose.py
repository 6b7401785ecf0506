from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import OnnxPoseEstimator, PoseEstimator
from tests.unit.media import context
from tests.unit.processors.networks.models import Graph, giving

CELLS = 84  # of a picture of 64×64 pixels


def opened(model: Path, layout: str = "auto", **options: Any) -> OnnxPoseEstimator:
    node: OnnxPoseEstimator = pickle.loads(
        pickle.dumps(OnnxPoseEstimator(model, layout, name="pose", **options))
    )
    node.open(context())
    return node


def columns(*rows: Any) -> Any:
    table = np.zeros((len(rows[0]), CELLS), np.float32)
    table[:, : len(rows)] = np.array(rows).T
    return table


ONE = (32, 32, 20, 30, 0.8, 24, 20, 0.9, 40, 44, 0.2)  # box, class, two keypoints
SAME = (33, 32, 20, 30, 0.7, 25, 20, 0.9, 41, 44, 0.8)
OTHER = (10, 32, 8, 16, 0.9, 10, 25, 0.5, -6, 40, 0.6)


@pytest.mark.parametrize(
    ("size", "scale", "shift"),
    [
        ((64, 64), 1, (0, 0)),
        ((128, 64), 2, (0, 16)),
        ((45, 90), 90 / 64, (16, 0)),
        ((1280, 1280), 20, (0, 0)),
    ],
)
def test_keypoints_are_right_to_the_pixel(
    tmp_path: Path, size: tuple[int, int], scale: float, shift: tuple[int, int]
) -> None:
    model = giving(
        tmp_path / "m.onnx", columns(ONE, SAME), kpt_shape="[2, 3]", names="{0: 'person'}", task="pose"
    )
    found = opened(model).process(np.zeros((size[1], size[0], 3), np.uint8), ctx=context())
    assert isinstance(found, sv.KeyPoints)
    expected = (np.array([[[24, 20], [40, 44]]]) - shift) * scale
    np.testing.assert_allclose(found.xy, expected, rtol=1e-5)
    assert found.xy.dtype == np.float32
    np.testing.assert_allclose(found.keypoint_confidence, [[0.9, 0.2]])
    assert found.visible is not None
    assert found.visible.tolist() == [[True, False]]
    assert found.detection_confidence == pytest.approx([0.8])
    assert found.class_id is not None
    assert found.class_id.tolist() == [0]
    assert found.data["class_name"].tolist() == ["person"]


def test_several_people_and_none(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", columns(ONE, SAME, OTHER))
    frame = np.zeros((64, 64, 3), np.uint8)
    found = opened(model).process(frame, ctx=context())
    assert found.xy.tolist() == [[[10, 25], [-6, 40]], [[24, 20], [40, 44]]]
    assert "class_name" not in found.data
    assert opened(model, confidence=1).process(frame, ctx=context()).xy.shape == (0, 2, 2)


@pytest.mark.parametrize("numbers", [2, 3])
def test_networks_that_give_each_person_once(tmp_path: Path, numbers: int) -> None:
    points = np.array([[1, 2, 0.5], [30, 40, 0.1]])[:, :numbers]
    row = [0, 0, 50, 60, 0.9, 0, *points.ravel()]
    model = giving(tmp_path / "m.onnx", [row, [0.0] * len(row)])
    options: dict[str, Any] = {"keypoint_shape": (2, 2)} if numbers == 2 else {}
    found = opened(model, **options).process(np.zeros((64, 64, 3), np.uint8), ctx=context())
    assert found.xy.tolist() == [points[:, :2].tolist()]
    assert (found.keypoint_confidence is None) == (numbers == 2)
    assert (found.visible is None) == (numbers == 2)


@pytest.mark.parametrize("layout", ["auto", "yolov8"])
@pytest.mark.parametrize("boxes", [3, 10])
def test_few_boxes_of_many_keypoints(tmp_path: Path, layout: str, boxes: int) -> None:
    table = np.zeros((5 + 17 * 3, boxes), np.float32)
    table[:8, 0] = 32, 32, 20, 30, 0.8, 24, 20, 0.9
    options: dict[str, Any] = {"keypoint_shape": (17, 3)} if layout == "auto" and boxes > 8 else {}
    node = opened(giving(tmp_path / "m.onnx", table), layout, **options)
    found = node.process(np.zeros((64, 64, 3), np.uint8), ctx=context())
    assert found.xy.shape == (1, 17, 2)
    assert found.xy[0, 0].tolist() == [24, 20]


def finds_the_brightest_pixel(path: Path, batch: int | str = "batch") -> Path:
    """Two keypoints, of red and of blue, two bins to a pixel."""
    graph = Graph((batch, 3, 60, 40))
    colours = graph.add("Gather", "images", graph.constant([0, 2], np.int64), axis=1)
    for name, axis, size in (("simcc_x", 2, 40), ("simcc_y", 3, 60)):
        line = graph.add("ReduceMax", colours, axes=[axis], keepdims=1)
        factors = graph.constant([1.0, 1.0, 2.0, 1.0] if axis == 3 else [1.0, 1.0, 1.0, 2.0])
        line = graph.add(
            "Resize", line, "", factors, nearest_mode="floor", coordinate_transformation_mode="asymmetric"
        )
        flat = graph.add("Reshape", line, graph.constant([0, 2, 2 * size], np.int64))
        graph.output(flat, name, [batch, 2, 2 * size])
    return graph.save(path)


def people(*centres: tuple[int, int]) -> sv.Detections:
    """Boxes of 32×48: with the room around them, as large as the network's input."""
    boxes = [(x - 16, y - 24, x + 16, y + 24) for x, y in centres]
    return sv.Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(len(boxes), 0.5, np.float32),
        class_id=np.zeros(len(boxes), int),
        tracker_id=np.arange(7, 7 + len(boxes)),
    )


@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_the_keypoints_of_each_detection(tmp_path: Path, batch: Any) -> None:
    node = opened(
        finds_the_brightest_pixel(tmp_path / "m.onnx", batch), keypoint_confidence=0.9, batch_size=4
    )
    first = np.zeros((200, 300, 3), np.uint8)
    first[50, 60, 2] = first[80, 65, 0] = 255  # red and blue
    first[100, 200, 2] = 255
    first[90, 190, 0] = 128
    last = np.zeros((80, 100, 3), np.uint8)
    last[2, 3, 2] = last[9, 4, 0] = 255  # at the corner: most of the crop is outside
    given = [people((60, 70), (200, 100)), people(), people((5, 5))]
    results = node.process_batch([first, first, last], given, ctx=context())
    assert results[0].xy.tolist() == [[[60, 50], [65, 80]], [[200, 100], [190, 90]]]
    assert results[0].visible is not None
    assert results[0].visible.tolist() == [[True, True], [True, False]]
    assert results[0].data["tracker_id"].tolist() == [7, 8]
    assert results[1].xy.shape == (0, 2, 2)
    assert results[2].xy.tolist() == [[[3, 2], [4, 9]]]
    assert results[2].detection_confidence is not None
    assert results[2].detection_confidence.tolist() == [0.5]


def test_maps_of_each_detection(tmp_path: Path) -> None:
    maps = np.zeros((3, 15, 10))  # of four pixels each
    maps[0, 6, 4], maps[0, 6, 5], maps[0, 5, 4] = 0.9, 0.5, 0.4  # a quarter to the right, and a quarter up
    maps[1, 0, 9] = 0.8  # at the border
    maps[2, 7, 2] = 0.1
    node = opened(giving(tmp_path / "m.onnx", maps, dims=("batch", 3, 60, 40)))
    found = node.process(np.zeros((200, 300, 3), np.uint8), people((60, 70)), ctx=context())
    # the crop begins at 40, 40
    assert found.xy.tolist() == [[[40 + 17, 40 + 23], [40 + 36, 40], [40 + 8, 40 + 28]]]
    assert found.visible is not None
    assert found.visible.tolist() == [[True, True, False]]


def test_crops_of_large_and_small_people(tmp_path: Path) -> None:
    node = opened(finds_the_brightest_pixel(tmp_path / "m.onnx"))
    frame = np.zeros((1200, 900, 3), np.uint8)
    frame[600:612, 400:412] = 255
    large = sv.Detections(np.array([[300, 300, 620, 780]], np.float32))
    found = node.process(frame, large, ctx=context())  # ten pixels to one
    assert np.abs(found.xy - (406, 606)).max() <= 10


def test_a_crowd_is_worked_on_in_parts(tmp_path: Path) -> None:
    node = opened(finds_the_brightest_pixel(tmp_path / "m.onnx"))
    frame = np.zeros((100, 2000, 3), np.uint8)
    centres = [(25 + 30 * i, 50) for i in range(65)]
    for x, y in centres:
        frame[y, x] = 255
    found = node.process(frame, people(*centres), ctx=context())
    assert found.xy[:, 0].tolist() == [list(centre) for centre in centres]


def test_the_wrong_number_of_parents(tmp_path: Path) -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="pose takes frames and detections"):
        opened(finds_the_brightest_pixel(tmp_path / "m.onnx")).process(frame, ctx=context())
    node = opened(giving(tmp_path / "m.onnx", columns(ONE)))
    with pytest.raises(ValueError, match="pose takes frames alone"):
        node.process(frame, people(), ctx=context())


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"its layout cannot be told.*\n  'yolov8'"):
        opened(giving(tmp_path / "m.onnx", np.zeros((12, CELLS))))
    with pytest.raises(
        ValueError, match=r"outputs of shape 1 × 11 × 84; layout 'simcc' is batch × keypoints"
    ):
        opened(giving(tmp_path / "m.onnx", columns(ONE)), "simcc")
    with pytest.raises(ValueError, match=r"shape 1 × 11 × 84; layout 'heatmap' is batch × keypoints × rows"):
        opened(giving(tmp_path / "m.onnx", columns(ONE)), "heatmap")
    for options in ({"layout": "yolov5"}, {"keypoint_shape": (17, 4)}, {"keypoint_shape": 17}, {"iou": 2}):
        with pytest.raises(ValueError, match=r"layout is one of auto|keypoint_shape is a number|iou"):
            OnnxPoseEstimator("m.onnx", **options)  # type: ignore[arg-type]


class Centre(PoseEstimator):
    """One keypoint: the middle of each box, or of the frame."""

    def estimate(self, frames: Any, detections: Any, ctx: Any) -> Any:
        if detections is None:
            return [sv.KeyPoints(np.array([[[f.shape[1] / 2, f.shape[0] / 2]]], np.float32)) for f in frames]
        return [
            sv.KeyPoints(found.get_anchors_coordinates(sv.Position.CENTER)[:, None]) for found in detections
        ]


def test_an_estimator_of_ones_own() -> None:
    frame = np.zeros((10, 20, 3), np.uint8)
    node = Centre(name="centre")
    assert node.process(frame, ctx=context()).xy.tolist() == [[[10, 5]]]
    assert node.process(frame, people((3, 4)), ctx=context()).xy.tolist() == [[[3, 4]]]
    with pytest.raises(TypeError, match=r"centre takes supervision\.Detections"):
        node.process(frame, 5, ctx=context())
    with pytest.raises(NotImplementedError, match="PoseEstimator has no estimate"):
        PoseEstimator().process(frame, ctx=context())
