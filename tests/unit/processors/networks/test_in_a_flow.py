"""Networks inside of flows: pickled nodes, read-only frames, replicas, lost processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.errors import NodeError
from daskflow.processors.vision import OnnxDetector, OnnxPoseEstimator, OnnxSegmenter
from daskflow.testing import Given, Kill, simulate
from tests.unit.processors.networks.models import finds_the_bright_rectangle, giving


def frames(count: int) -> Any:
    pictures = []
    for i in range(count):
        picture = np.zeros((96, 160, 3), np.uint8)
        picture[20:40, 10 + i : 30 + i] = 255
        pictures.append(picture)
    return Given(pictures, name="frames")


def test_a_replicated_detector_that_dies(tmp_path: Path) -> None:
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", ("batch", 3, 96, 160), (160, 96))
    source = frames(20)
    detector = OnnxDetector(model, name="detector", nb_tasks=2, batch_size=4)(source)
    flow = Flow([source], [CollectConsumer(name="collect")(detector)], BATCH)
    result = simulate(flow, [Kill("detector", at=7)])
    boxes = [np.rint(found.xyxy).tolist() for found in result.results("collect")]
    assert boxes == [[[10 + i, 20, 30 + i, 40]] for i in range(20)]


def test_masks_are_made_where_the_readers_look_and_people_are_passed_on(tmp_path: Path) -> None:
    table = np.zeros((6, 84), np.float32)
    table[:, 0] = (32, 32, 64, 64, 0.9, 1)
    segments = giving(tmp_path / "s.onnx", table, np.ones((1, 16, 16)))
    poses = giving(tmp_path / "p.onnx", np.eye(3, 128), np.eye(3, 128), dims=(1, 3, 64, 64))
    source = frames(3)
    segmenter = OnnxSegmenter(segments, name="segmenter")(source)
    pose = OnnxPoseEstimator(poses, name="pose")(source, segmenter)
    sinks = [CollectConsumer(name="masks")(segmenter), CollectConsumer(name="poses")(pose)]
    result = simulate(Flow([source], sinks, BATCH))
    masks = [found.mask for found in result.results("masks")]
    assert [(mask.shape, bool(mask.all())) for mask in masks] == [((1, 96, 160), True)] * 3
    assert [found.xy.shape for found in result.results("poses")] == [(1, 3, 2)] * 3


def test_a_frame_in_which_nothing_is_found(tmp_path: Path) -> None:
    segments = giving(tmp_path / "s.onnx", np.zeros((6, 84)), np.ones((1, 16, 16)))
    source = frames(2)
    segmenter = OnnxSegmenter(segments)(source)
    result = simulate(Flow([source], [CollectConsumer(name="collect")(segmenter)], BATCH))
    assert [found.mask.shape for found in result.results("collect")] == [(0, 96, 160)] * 2


def test_a_model_that_is_not_there_fails_the_run_before_the_first_frame(tmp_path: Path) -> None:
    source = frames(3)
    detector = OnnxDetector(tmp_path / "absent.onnx", name="detector")(source)
    result = simulate(Flow([source], [CollectConsumer()(detector)], BATCH), check=False)
    assert isinstance(result.failure, NodeError)
    assert result.failure.method == "open"
    with pytest.raises(FileNotFoundError, match=r"absent\.onnx"):
        raise result.failure.__cause__  # type: ignore[misc]
