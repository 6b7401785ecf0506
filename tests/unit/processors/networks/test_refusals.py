"""Models, files and arguments that a node with a network cannot use: who says what about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from daskflow.processors.vision import OnnxDetector
from tests.unit.media import context
from tests.unit.processors.networks.models import Graph, giving

ROW = [[0.0] * 6]


def opening(model: Path, layout: str = "yolo-end2end", **options: Any) -> None:
    OnnxDetector(model, layout, name="detector", **options).open(context())


def test_a_missing_file_is_named_by_the_task_that_misses_it(tmp_path: Path) -> None:
    detector = OnnxDetector(tmp_path / "absent.onnx", name="detector")
    with pytest.raises(FileNotFoundError, match=rf"detector.*{re.escape(str(tmp_path))}/absent\.onnx"):
        detector.open(context())


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "folder"])
def test_a_broken_model_is_named_with_what_onnxruntime_says(tmp_path: Path, damage: str) -> None:
    model = giving(tmp_path / "m.onnx", ROW)
    if damage == "folder":
        model.unlink()
        model.mkdir()
        with pytest.raises(FileNotFoundError, match=r"m\.onnx"):
            opening(model)
        return
    model.write_bytes({"empty": b"", "text": b"hello", "cut": model.read_bytes()[:-60]}[damage])
    with pytest.raises(
        ValueError, match=r"^detector: .*/m\.onnx is no model that onnxruntime \d.* can load: "
    ):
        opening(model)


@pytest.mark.parametrize(
    ("dims", "dtype", "got"),
    [
        ((1, 3, 64), TensorProto.FLOAT, r"images: tensor\(float\) 1 × 3 × 64$"),
        ((1, 64, 64, 3), TensorProto.FLOAT, r"1 × 64 × 64 × 3; export it with channels first"),
        ((1, 1, 64, 64), TensorProto.FLOAT, r"1 × 1 × 64 × 64$"),
        (("n", 3, 64, 64), TensorProto.UINT8, r"images: tensor\(uint8\) n × 3 × 64 × 64$"),
        ((), TensorProto.FLOAT, r"images: tensor\(float\) $"),
    ],
)
def test_another_input_is_refused_with_what_is_expected(
    tmp_path: Path, dims: tuple[Any, ...], dtype: int, got: str
) -> None:
    graph = Graph(dims, dtype)
    graph.output(graph.constant([ROW]), "output", [1, 1, 6])
    model = graph.save(tmp_path / "m.onnx")
    expected = (
        r"detector: m\.onnx: expected one input, tensor\(float\) or tensor\(float16\) of batch × 3 × height"
    )
    with pytest.raises(ValueError, match=rf"{expected} × width; got 1: .*{got}"):
        opening(model)


@pytest.mark.parametrize(
    "more",
    [[(TensorProto.FLOAT, [1, 2])], [(TensorProto.INT64, [1, 2])] * 2, [(TensorProto.INT64, [1, 64, 64])]],
)
def test_more_inputs_than_can_be_given(tmp_path: Path, more: list[Any]) -> None:
    graph = Graph()
    for i, (kind, dims) in enumerate(more):
        graph.inputs.append(helper.make_tensor_value_info(f"more{i}", kind, dims))
    graph.output(graph.per_picture(ROW), "output", ["batch", 1, 6])
    with pytest.raises(ValueError, match=rf"expected one input, .*; got {1 + len(more)}: images: .*more0"):
        opening(graph.save(tmp_path / "m.onnx"))


def test_an_input_size_that_the_model_does_not_take(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected pictures of 64×64 pixels.*; got input_size=\(32, 64\)"):
        opening(giving(tmp_path / "m.onnx", ROW), input_size=(32, 64))
    with pytest.raises(ValueError, match=r"takes pictures of any width: say input_size="):
        opening(giving(tmp_path / "n.onnx", ROW, dims=(1, 3, "h", "w")))


@pytest.mark.parametrize("dims", [(0, 3, 64, 64), ("n", 3, 0, 0)])
def test_an_input_without_pictures(tmp_path: Path, dims: Any) -> None:
    with pytest.raises(ValueError, match=r"(?s)cannot be run for a picture of 64×64 pixels.*Expected: 0"):
        opening(giving(tmp_path / "m.onnx", ROW, dims=dims), input_size=64)


def test_a_size_that_the_network_cannot_work_with(tmp_path: Path) -> None:
    graph = Graph((1, 3, "h", "w"))
    table = graph.add("Reshape", "images", graph.constant([1, 512, 6], np.int64))
    graph.output(table, "output", [1, 512, 6])
    model = graph.save(tmp_path / "m.onnx")
    opening(model, input_size=32)
    with pytest.raises(ValueError, match=r"m\.onnx cannot be run for a picture of 64×48 .*1, 3, 48, 64"):
        opening(model, input_size=(64, 48))


def test_a_layout_that_cannot_be_told(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", np.zeros((7, 9, 11)), np.zeros(3))
    with pytest.raises(ValueError, match=r"1 × 7 × 9 × 11, 1 × 3; its layout cannot be told") as caught:
        opening(model, "auto")
    for layout in ("'yolov5'", "'yolov8'", "'yolo-end2end'", "'detr'", "'detr-sigmoid'"):
        assert layout in str(caught.value)


@pytest.mark.parametrize(
    "outputs",
    [
        [np.zeros((9, 5)), np.zeros((9, 4))],  # softmax or sigmoid?
        [np.zeros((6, 6))],  # six of six columns, or one row of classes?
    ],
)
def test_where_several_layouts_are_possible_none_is_guessed(tmp_path: Path, outputs: list[Any]) -> None:
    names = ["a", "b"] if len(outputs) == 1 else None
    with pytest.raises(ValueError, match="its layout cannot be told"):
        opening(giving(tmp_path / "m.onnx", *outputs), "auto", class_names=names)


def test_a_layout_that_the_outputs_do_not_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"outputs of shape 1 × 1 × 6; layout 'detr' is logits batch × "):
        opening(giving(tmp_path / "m.onnx", ROW), "detr")


def test_outputs_without_the_batch(tmp_path: Path) -> None:
    graph = Graph()
    graph.output(graph.constant(np.zeros((5, 6))), "output", [5, 6])
    with pytest.raises(
        ValueError, match=r"m\.onnx: each output has one row per picture, 1 here; got .*5 × 6"
    ):
        opening(graph.save(tmp_path / "m.onnx"))


def test_names_that_are_not_as_many_as_the_classes(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", np.zeros((7, 84)))
    with pytest.raises(ValueError, match=r"tells 3 classes apart, by layout 'yolov8'; got 2 class_names"):
        opening(model, "yolov8", class_names=["a", "b"])
    with pytest.raises(ValueError, match=r"cannot be told for 2 class_names"):
        opening(model, "auto", class_names=["a", "b"])
    with pytest.raises(ValueError, match=r"\['fox'\] are not among the names of its classes: a, b, c"):
        opening(model, "yolov8", class_names=["a", "b", "c"], classes=["fox"])
    for name, text in (("n.json", "{"), ("n.json", '{"a": "b"}'), ("n.json", "7"), ("n.txt", "\xff")):
        (tmp_path / name).write_bytes(text.encode("latin-1"))
        with pytest.raises(ValueError, match=rf"^detector: .*/{name} is no file of class names: "):
            opening(model, "yolov8", class_names=tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"no file of class names .*names\.txt"):
        opening(model, "yolov8", class_names=tmp_path / "names.txt")


def test_a_model_for_another_node_names_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"exported for the task 'pose': it is one for OnnxPoseEstimator"):
        opening(giving(tmp_path / "m.onnx", ROW, task="pose"))


def test_onnxruntime_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"detector needs the package 'onnxruntime'.*daskflow\[onnx\]"
    ):
        opening(giving(tmp_path / "m.onnx", ROW))


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"layout": "yolov99"}, ValueError, "layout is one of auto, yolov8"),
        ({"confidence": 2}, ValueError, "confidence and iou are from 0 to 1"),
        ({"iou": -1}, ValueError, "confidence and iou are from 0 to 1"),
        ({"classes": "cat"}, TypeError, "classes are a list"),
        ({"max_detections": 0}, ValueError, "max_detections"),
        ({"class_names": 7}, TypeError, "class_names is a list of strings"),
        ({"class_names": [1, 2]}, TypeError, "class_names is a list of strings"),
        ({"input_size": (640,)}, ValueError, r"\(width, height\)"),
        ({"input_size": 0}, ValueError, r"\(width, height\)"),
        ({"mean": (0, 0)}, ValueError, "mean is three numbers"),
        ({"std": (0, 1, 1)}, ValueError, "std and scale are positive"),
        ({"scale": 0}, ValueError, "std and scale are positive"),
        ({"fill": 256}, ValueError, "fill from 0 to 255"),
        ({"colour": "hsv"}, ValueError, "colour is one of rgb, bgr"),
        ({"resize_method": "cubic"}, ValueError, "resize_method is one of"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"model": 5}, TypeError, r"model is the path of an \.onnx file"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        OnnxDetector(**{"model": "m.onnx", **options})


def test_what_is_no_frame_is_refused_by_name(tmp_path: Path) -> None:
    detector = OnnxDetector(giving(tmp_path / "m.onnx", ROW), "yolo-end2end", name="detector")
    detector.open(context())
    with pytest.raises(TypeError, match=r"detector takes frames.*got float"):
        detector.process(1.0, ctx=context())
    with pytest.raises(ValueError, match="detector takes frames"):
        detector.process(np.zeros((5, 5), np.uint8), ctx=context())
    detector.close()
    with pytest.raises(RuntimeError, match="detector is not open"):
        detector.process(np.zeros((5, 5, 3), np.uint8), ctx=context())
