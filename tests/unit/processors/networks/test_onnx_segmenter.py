from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from daskflow.processors.vision import OnnxSegmenter
from tests.unit.media import context
from tests.unit.processors.networks.models import Graph, giving

CELLS = 84  # of a picture of 64×64 pixels


def opened(model: Path, mode: str = "instance", **options: Any) -> OnnxSegmenter:
    node: OnnxSegmenter = pickle.loads(pickle.dumps(OnnxSegmenter(model, mode, name="segmenter", **options)))
    node.open(context())
    return node


def outlines_what_is_bright(path: Path, rows: list[tuple[float, ...]], layout: str = "yolov8") -> Path:
    """Boxes are always `rows`, with one coefficient; the prototype is positive where a 4×4 cell is bright."""
    graph = Graph()
    light = graph.add("ReduceMax", "images", axes=[1])
    light = graph.add("AveragePool", light, kernel_shape=[4, 4], strides=[4, 4])
    table = np.zeros((CELLS if layout == "yolov8" else 9, len(rows[0])), np.float32)
    table[: len(rows)] = rows
    if layout == "yolov8":
        table = table.T
    graph.output(graph.add("Sub", light, graph.constant(0.5)), "output1", ["batch", 1, 16, 16])
    graph.output(graph.per_picture(table), "output0", ["batch", *table.shape])
    return graph.save(path, names="{0: 'thing'}", task="segment")


@pytest.mark.parametrize(
    ("layout", "row"),
    [("yolov8", (24, 32, 40, 64, 0.9, 2.0)), ("yolo-end2end", (4, 0, 44, 64, 0.9, 0, 2.0))],
)
@pytest.mark.parametrize("size", [(64, 64), (128, 128), (32, 32), (96, 96), (640, 640)])
def test_masks_are_right_to_the_pixel(tmp_path: Path, layout: str, row: Any, size: tuple[int, int]) -> None:
    width, height = size
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:, width // 4 : width * 3 // 4] = 255  # up to 48 of 64, but the box ends at 44
    frame[:, -width // 8 :] = 255  # outside of it
    found = opened(outlines_what_is_bright(tmp_path / "m.onnx", [row], layout)).process(frame, ctx=context())
    expected = np.zeros((1, height, width), bool)
    expected[0, :, width // 4 : round(width * 44 / 64)] = True
    assert found.mask.dtype == bool
    assert found.mask.flags.c_contiguous
    np.testing.assert_array_equal(found.mask, expected)
    np.testing.assert_allclose(found.xyxy, [[width / 16, 0, width * 44 / 64, height]], rtol=1e-6)
    assert found.data["class_name"].tolist() == ["thing"]


@pytest.mark.parametrize("size", [(256, 128), (130, 65), (128, 512), (33, 66)])
def test_masks_in_a_letterbox(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    frame = np.zeros((height, width, 3), np.uint8)
    expected = np.zeros((1, height, width), bool)
    if width > height:  # in rows 16 to 48
        part = slice(height // 4, height // 2)
        frame[part] = expected[0, part] = 255
    else:
        part = slice(width // 4, width // 2)
        frame[:, part] = expected[0, :, part] = 255
    found = opened(outlines_what_is_bright(tmp_path / "m.onnx", [(32, 32, 64, 64, 0.9, 1.0)])).process(
        frame, ctx=context()
    )
    wrong = np.flatnonzero((found.mask != expected).any(axis=(0, 2 if width > height else 1)))
    assert len(wrong) <= 2 * (max(size) % 64 > 0)  # of the sizes that are no multiple: at an edge
    assert found.xyxy.tolist() == [[0, 0, width, height]]


def test_the_mask_of_each_of_several(tmp_path: Path) -> None:
    rows = [(16, 32, 32, 64, 0.9, 0, 1.0), (48, 32, 32, 64, 0, 0.8, -1.0), (48, 30, 32, 60, 0, 0.1, 1.0)]
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[:, 16:48] = 255
    model = outlines_what_is_bright(tmp_path / "m.onnx", rows)
    found = opened(model, class_names=["a", "b"]).process(frame, ctx=context())
    first, second = found.mask
    assert [first[:, 16:32].all(), first.sum()] == [True, 16 * 64]
    assert [second[:, 48:].all(), second.sum()] == [True, 16 * 64]
    nothing = opened(model, class_names=["a", "b"], confidence=0.95).process(frame, ctx=context())
    assert nothing.mask.shape == (0, 64, 64)


def test_a_map_for_each_query(tmp_path: Path) -> None:
    boxes = np.array([[0.25, 0.5, 0.5, 1], [0.5, 0.5, 1, 1], [0.75, 0.5, 0.5, 1]])
    logits = np.array([[-9, -9.0], [2, -9], [-9, 3]])
    maps = np.full((3, 16, 16), -1.0)
    maps[1, :, 4:8] = maps[2, :8] = 1
    model = giving(tmp_path / "m.onnx", boxes, logits, maps)
    with pytest.raises(ValueError, match=r"cannot be told, say layout=\n  'detr-sigmoid'.*\n  'detr'"):
        opened(model)
    found = opened(model, layout="detr-sigmoid", letterbox=False).process(
        np.zeros((128, 64, 3), np.uint8), ctx=context()
    )
    assert found.class_id.tolist() == [1, 0]
    assert found.xyxy.tolist() == [[32, 0, 64, 128], [0, 0, 64, 128]]
    expected = np.zeros((2, 128, 64), bool)
    expected[0, :64, 32:] = expected[1, :, 16:32] = True
    np.testing.assert_array_equal(found.mask, expected)


def names_the_strongest_colour(path: Path, classes: int = 3) -> Path:
    """0 for red, 1 for green, 2 for blue, of cells of 4×4 pixels."""
    graph = Graph(("batch", 3, 32, 64))
    pooled = graph.add("AveragePool", "images", kernel_shape=[4, 4], strides=[4, 4])
    if classes > 3:
        pooled = graph.add("Pad", pooled, graph.constant([0, classes - 3, 0, 0, 0, 0, 0, 0], np.int64))
    graph.output(pooled, "logits", ["batch", classes, 8, 16])
    return graph.save(path)


@pytest.mark.parametrize("size", [(64, 32), (128, 64), (640, 320), (32, 16), (1920, 960)])
def test_classes_of_pixels(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:] = (0, 0, 255)
    frame[: height // 2, : width // 4] = (255, 0, 0)
    frame[height // 4 :, width // 2 :] = (0, 255, 0)
    expected = (frame.argmax(axis=2) - 2) * -1
    found = opened(names_the_strongest_colour(tmp_path / "m.onnx"), "semantic").process(frame, ctx=context())
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_many_classes_and_bars(tmp_path: Path) -> None:
    frame = np.zeros((64, 64, 3), np.uint8)  # in columns 16 to 48
    frame[:, :32] = (0, 0, 255)
    frame[:, 32:] = (255, 0, 0)
    model = names_the_strongest_colour(tmp_path / "m.onnx", 300)
    for letterbox in (True, False):
        found = opened(model, "semantic", letterbox=letterbox).process(frame, ctx=context())
        assert found.dtype == np.int32
        assert np.unique(found[:, :32]).tolist() == [297]
        assert np.unique(found[:, 32:]).tolist() == [299]


def test_one_map_and_finished_classes(tmp_path: Path) -> None:
    heat = np.zeros((1, 4, 4), np.float32)
    heat[0, :2] = 0.7
    frame = np.zeros((8, 8, 3), np.uint8)
    expected = np.repeat([[1], [0]], 4, axis=0).repeat(8, axis=1)
    model = giving(tmp_path / "m.onnx", heat, np.zeros((1, 4, 4)))  # the second is one that training needs
    np.testing.assert_array_equal(opened(model, "semantic").process(frame, ctx=context()), expected)
    assert not opened(model, "semantic", threshold=0.8).process(frame, ctx=context()).any()
    for classes in (heat[0], heat):  # as of argmax without and with the axis
        model = giving(tmp_path / "n.onnx", (classes > 0).astype(int) * 70_000)
        found = opened(model, "semantic").process(frame, ctx=context())
        np.testing.assert_array_equal(found, expected * 70_000)


@pytest.mark.parametrize("mode", ["instance", "semantic"])
def test_outputs_of_another_kind(tmp_path: Path, mode: str) -> None:
    with pytest.raises(ValueError, match=r"segmenter: m\.onnx: expected .*; got 1 × 5 × 6"):
        opened(giving(tmp_path / "m.onnx", np.zeros((5, 6))), mode)


def test_arguments(tmp_path: Path) -> None:
    for options in ({"mode": "panoptic"}, {"layout": "detr-finished"}, {"iou": 3}):
        with pytest.raises(ValueError, match=r"mode is|layout is one of auto, yolov8, yolov5|iou"):
            OnnxSegmenter("m.onnx", **options)  # type: ignore[arg-type]


def test_half_precision(tmp_path: Path) -> None:
    graph = Graph(("batch", 3, 32, 64), TensorProto.FLOAT16)
    pooled = graph.add("AveragePool", "images", kernel_shape=[4, 4], strides=[4, 4])
    graph.output(pooled, "logits", ["batch", 3, 8, 16], TensorProto.FLOAT16)
    frame = np.full((32, 64, 3), (0, 9, 0), np.uint8)
    found = opened(graph.save(tmp_path / "m.onnx"), "semantic").process(frame, ctx=context())
    assert np.unique(found).tolist() == [1]
