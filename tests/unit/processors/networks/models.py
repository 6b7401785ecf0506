"""Small ONNX models with known outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Dims = Sequence[int | str]


class Graph:
    """Operators, added one after the other; each call gives the name of its result."""

    def __init__(self, dims: Dims = ("batch", 3, 64, 64), dtype: int = TensorProto.FLOAT) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []
        self.inputs = [helper.make_tensor_value_info("images", dtype, dims)]

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def output(self, name: str, called: str, dims: Dims, dtype: int = TensorProto.FLOAT) -> None:
        self._nodes.append(helper.make_node("Identity", [name], [called]))
        self._outputs.append(helper.make_tensor_value_info(called, dtype, dims))

    def per_picture(self, values: Any, dtype: Any = np.float32) -> str:
        """`values`, once for each picture of the batch."""
        values = np.asarray(values, dtype)
        shape = self.add("Shape", "images")
        batch = self.add("Slice", shape, self.constant([0], np.int64), self.constant([1], np.int64))
        repeats = self.add("Concat", batch, self.constant([1] * values.ndim, np.int64), axis=0)
        return self.add("Tile", self.constant(values[None], dtype), repeats)

    def save(self, path: Path, **metadata: str) -> Path:
        graph = helper.make_graph(self._nodes, "test", self.inputs, self._outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return path


def giving(path: Path, *outputs: Any, dims: Dims = ("batch", 3, 64, 64), **metadata: str) -> Path:
    """A model that gives the same for each picture, whatever is in it."""
    graph = Graph(dims)
    for i, values in enumerate(outputs):
        array = np.asarray(values)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
        dtype = TensorProto.INT64 if array.dtype == np.int64 else TensorProto.FLOAT
        name = graph.per_picture(array, array.dtype)
        graph.output(name, f"output{i}", ["batch", *array.shape], dtype)
    return graph.save(path, **metadata)


def finds_the_bright_rectangle(path: Path, layout: str, dims: Dims, size: tuple[int, int]) -> Path:
    """A detector of one rectangle, brighter than half, of class 1 of two, of confidence 0.9."""
    graph = Graph(dims)
    light = graph.add("ReduceMax", "images", axes=[1], keepdims=0)
    lefts, rights = _ends(graph, graph.add("ReduceMax", light, axes=[1], keepdims=0))
    tops, bottoms = _ends(graph, graph.add("ReduceMax", light, axes=[2], keepdims=0))
    half = graph.constant(0.5)
    corners = [lefts, tops, rights, bottoms]
    box = [
        graph.add("Mul", graph.add("Add", lefts, rights), half),
        graph.add("Mul", graph.add("Add", tops, bottoms), half),
        graph.add("Sub", rights, lefts),
        graph.add("Sub", bottoms, tops),
    ]

    def row(values: list[str], *numbers: float) -> str:  # batch × 1 × columns
        return graph.add("Concat", *values, graph.per_picture([numbers]), axis=2)

    def padded(table: str, rows: int) -> str:
        return graph.add("Pad", table, graph.constant([0, 0, 0, 0, rows - 1, 0], np.int64))

    cells = sum((size[0] // s) * (size[1] // s) for s in (8, 16, 32))
    normalised = [graph.add("Mul", v, graph.constant(1 / size[i % 2])) for i, v in enumerate(box)]
    boxes = graph.add("Concat", *normalised, axis=2)
    if layout == "yolov8":
        table = graph.add("Transpose", padded(row(box, 0.1, 0.9), cells), perm=[0, 2, 1])
        graph.output(table, "output0", ["batch", 6, cells])
    elif layout == "yolov5":
        graph.output(padded(row(box, 0.95, 0.1, 0.9 / 0.95), 3 * cells), "output0", ["batch", 3 * cells, 7])
    elif layout == "yolo-end2end":
        graph.output(padded(row(corners, 0.9, 1), 10), "output0", ["batch", 10, 6])
    elif layout == "detr-scores":
        graph.output(padded(row(normalised, 0.1, 0.9), 10), "output0", ["batch", 10, 6])
    elif layout == "detr":
        logits = graph.per_picture([np.log([0.02, 0.9, 0.08])])
        graph.output(logits, "logits", ["batch", 1, 3])
        graph.output(boxes, "pred_boxes", ["batch", 1, 4])
    elif layout == "detr-sigmoid":
        graph.output(boxes, "dets", ["batch", 1, 4])
        graph.output(graph.per_picture([[-3.0, np.log(9)]]), "labels", ["batch", 1, 2])
    elif layout == "detr-finished":
        graph.inputs.append(
            helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, ["batch", 2])
        )
        sizes = graph.add("Cast", "orig_target_sizes", to=TensorProto.FLOAT)
        twice = graph.add(
            "Unsqueeze", graph.add("Concat", sizes, sizes, axis=1), graph.constant([1], np.int64)
        )
        unit = [graph.add("Mul", v, graph.constant(1 / size[i % 2])) for i, v in enumerate(corners)]
        inside = graph.add("Mul", graph.add("Concat", *unit, axis=2), twice)
        graph.output(graph.per_picture([1], np.int64), "labels", ["batch", 1], TensorProto.INT64)
        graph.output(inside, "boxes", ["batch", 1, 4])
        graph.output(graph.per_picture([0.9]), "scores", ["batch", 1])
    return graph.save(path)


def _ends(graph: Graph, line: str) -> tuple[str, str]:
    """Where a line is first above one half, and behind the last such place; batch × 1 × 1."""
    bright = graph.add("Cast", graph.add("Greater", line, graph.constant(0.5)), to=TensorProto.INT32)
    ends = []
    for last in (0, 1):
        place = graph.add("ArgMax", bright, axis=1, keepdims=1, select_last_index=last)
        place = graph.add("Unsqueeze", place, graph.constant([2], np.int64))
        ends.append(graph.add("Cast", place, to=TensorProto.FLOAT))
    return ends[0], graph.add("Add", ends[1], graph.constant(1.0))
