"""A network on a real GPU gives what it gives on the CPU."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from daskflow import CPU, GPU
from daskflow.core.context import Context
from daskflow.plan.inventory import chosen_gpus
from daskflow.processors.vision import OnnxDetector
from daskflow.processors.vision.networks.opening import CUDA
from tests.unit.processors.networks.models import finds_the_bright_rectangle

onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not chosen_gpus(None), reason="no GPU is visible here"),
    pytest.mark.skipif(
        CUDA not in onnxruntime.get_available_providers(), reason="onnxruntime-gpu is not installed"
    ),
]


def test_boxes_of_both_devices_agree(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", ("batch", 3, 64, 64), (64, 64))
    frame = np.zeros((128, 128, 3), np.uint8)
    frame[32:96, 16:80] = 255
    results = []
    for device in (CPU, GPU):
        node = OnnxDetector(model, device_type=device, batch_size=4)
        ctx = Context("flow", "run", "node", device=device)
        node.open(ctx)
        assert (CUDA in node.network._session.get_providers()) == (device == GPU), caplog.text
        results.append([found.xyxy for found in node.process_batch([frame] * 3, ctx)])
        node.close()
    np.testing.assert_allclose(*results, atol=1e-3)
    np.testing.assert_allclose(results[0][0], [[16, 32, 80, 96]], atol=1e-3)
