from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.processors.vision import OnnxClassifier
from daskflow.scene import Classification
from tests.unit.media import context
from tests.unit.processors.networks.models import Graph, giving

BLANK = np.zeros((48, 64, 3), np.uint8)


def opened(model: Path, *arguments: Any, **options: Any) -> OnnxClassifier:
    node: OnnxClassifier = pickle.loads(
        pickle.dumps(OnnxClassifier(model, *arguments, name="node", **options))
    )
    node.open(context())
    return node


def says_the_mean_colour(path: Path, batch: int | str = "batch") -> Path:
    """Of each channel the average, as the network sees it."""
    graph = Graph((batch, 3, 32, 32))
    graph.output(graph.add("ReduceMean", "images", axes=[2, 3], keepdims=0), "logits", [batch, 3])
    return graph.save(path, names="{0: 'red', 1: 'green', 2: 'blue'}", task="classify")


@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_the_likeliest_classes(tmp_path: Path, batch: Any) -> None:
    node = opened(says_the_mean_colour(tmp_path / "m.onnx", batch), 2, batch_size=4)
    frames = [np.full((h, w, 3), c, np.uint8) for h, w, c in [(48, 64, (9, 200, 60)), (99, 33, (250, 9, 9))]]
    results = node.process_batch(frames, context())
    assert [result.class_name for result in results] == [("green", "red"), ("blue", "green")]
    pixels = np.array([60, 200, 9]) / 255
    logits = (pixels - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    chances = np.exp(logits) / np.exp(logits).sum()
    assert results[0].class_id == (1, 0)
    assert results[0].confidence == pytest.approx((chances[1], chances[0]), abs=1e-5)


def test_probabilities_are_left_as_they_are(tmp_path: Path) -> None:
    model = giving(tmp_path / "m.onnx", [0.2, 0.7, 0.1])
    first = opened(model, 1, class_names=["a", "b", "c"]).process(BLANK, ctx=context())
    assert first == Classification((1,), ("b",), (pytest.approx(0.7),))
    assert opened(model, 9).process(BLANK, ctx=context()).class_name == ("1", "0", "2")
    made = opened(model, 1, softmax=True).process(BLANK, ctx=context())
    assert made.confidence[0] == pytest.approx(np.exp(0.7) / np.exp([0.2, 0.7, 0.1]).sum())
    logits = giving(tmp_path / "n.onnx", [2.0, 1.0])
    assert opened(logits, 1, softmax=False).process(BLANK, ctx=context()).confidence == (2.0,)


def test_the_middle_is_looked_at(tmp_path: Path) -> None:
    model = says_the_mean_colour(tmp_path / "m.onnx")
    frame = np.zeros((64, 128, 3), np.uint8)
    frame[:, :, 2] = 255
    frame[4:60, 36:92] = (0, 255, 0)  # the middle square is 64 wide, and 7/8 of it 56
    plain = {"mean": (0, 0, 0), "std": (1, 1, 1), "softmax": False}
    assert opened(model, **plain).process(frame, ctx=context()).confidence == pytest.approx((1, 0, 0))
    whole = opened(model, crop=1, **plain).process(frame, ctx=context())
    assert whole.confidence == pytest.approx((0.766, 0.234, 0), abs=0.01)


def test_outputs_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"node: m\.onnx: expected one output, batch × classes; got 1 × 2 × 2"
    ):
        opened(giving(tmp_path / "m.onnx", np.zeros((2, 2))))
    with pytest.raises(ValueError, match=r"tells 2 classes apart; got 3 class_names"):
        opened(giving(tmp_path / "m.onnx", np.zeros(2)), class_names=["a", "b", "c"])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"top_k": 0}, ValueError),
        ({"crop": 0}, ValueError),
        ({"crop": 2}, ValueError),
        ({"fill": 0}, TypeError),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"top_k|crop|fill"):
        OnnxClassifier("m.onnx", **options)
