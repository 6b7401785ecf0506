"""On which device a network runs, and what is said where it is not the one that was asked for."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest

from daskflow import CPU, GPU
from daskflow.core.context import Context
from daskflow.processors.vision import OnnxDetector
from daskflow.processors.vision.networks.opening import CPU_PROVIDER, CUDA
from tests.unit.media import context
from tests.unit.processors.networks.models import giving

ROW = [[8, 8, 24, 24, 0.9, 0]]
FRAME = np.zeros((64, 64, 3), np.uint8)


def runtime(monkeypatch: pytest.MonkeyPatch, providers: list[str], start: Any) -> None:
    """An onnxruntime that says it has `providers`, and starts CUDA's as `start` does."""

    def session(path: str, options: Any, providers: list[Any], **others: Any) -> Any:
        if providers == [CPU_PROVIDER]:
            return onnxruntime.InferenceSession(path, options, providers=providers)
        return start(path, options, providers, **others)

    double = SimpleNamespace(
        __version__="1.0",
        SessionOptions=onnxruntime.SessionOptions,
        InferenceSession=session,
        get_available_providers=lambda: providers,
    )
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", double)


def opened(tmp_path: Path, device: str = GPU) -> OnnxDetector:
    model = giving(tmp_path / "m.onnx", ROW)
    detector = OnnxDetector(model, "yolo-end2end", name="detector", device_type=GPU)
    detector.change_device(device)
    detector.open(Context("flow", "run", "detector", device=device))
    return detector


def works(detector: OnnxDetector) -> bool:
    return detector.process(FRAME, ctx=context()).xyxy.tolist() == [ROW[0][:4]]  # type: ignore[no-any-return]


def test_no_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runtime(monkeypatch, [CPU_PROVIDER], None)
    assert works(opened(tmp_path))
    (said,) = caplog.records
    assert said.levelno == logging.WARNING
    assert "detector runs on the CPU" in said.message
    assert "no CUDA provider" in said.message
    assert "daskflow[onnx-gpu]" in said.message


def test_a_provider_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(*args: Any, **options: Any) -> Any:
        raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected")

    runtime(monkeypatch, [CUDA, CPU_PROVIDER], start)
    assert works(opened(tmp_path))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "no CUDA-capable device" in caplog.text


def test_a_provider_that_is_silently_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(path: str, options: Any, providers: list[Any], **others: Any) -> Any:
        return onnxruntime.InferenceSession(path, options, providers=[CPU_PROVIDER])

    runtime(monkeypatch, [CUDA, CPU_PROVIDER], start)
    assert works(opened(tmp_path))
    assert "could not be started" in caplog.text


def test_a_provider_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Any] = []

    class Session:
        def __init__(self, path: str, options: Any, providers: list[Any], **others: Any) -> None:
            asked.append(providers)
            self._session = onnxruntime.InferenceSession(path, options, providers=[CPU_PROVIDER])

        def get_providers(self) -> list[str]:
            return [CUDA, CPU_PROVIDER]

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

    runtime(monkeypatch, [CUDA, CPU_PROVIDER], Session)
    assert works(opened(tmp_path))
    ((name, options), second) = asked[0]
    assert (name, options["device_id"], second) == (CUDA, "0", CPU_PROVIDER)
    assert not caplog.records


class OnDevice(np.ndarray):  # type: ignore[type-arg]
    """What an array of CuPy's looks like to daskflow."""

    __cuda_array_interface__ = property(lambda self: {})

    def get(self, out: Any) -> Any:
        out[...] = self.view(np.ndarray)
        return out


def test_frames_may_be_on_the_gpu(tmp_path: Path) -> None:
    detector = opened(tmp_path, CPU)
    assert detector.process(FRAME.view(OnDevice), ctx=context()).xyxy.tolist() == [ROW[0][:4]]


def test_a_task_without_a_gpu_does_not_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(*args: Any, **options: Any) -> Any:
        raise AssertionError("asked for CUDA")

    runtime(monkeypatch, [CUDA, CPU_PROVIDER], start)
    assert works(opened(tmp_path, CPU))
    assert not caplog.records


def test_a_broken_model_is_said_to_be_one_also_with_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*args: Any, **options: Any) -> Any:
        raise RuntimeError("whatever")

    runtime(monkeypatch, [CUDA, CPU_PROVIDER], start)
    (tmp_path / "m.onnx").write_bytes(b"x")
    detector = OnnxDetector(tmp_path / "m.onnx", device_type=GPU)
    with pytest.raises(ValueError, match=r"is no model"):
        detector.open(Context("flow", "run", "detector", device=GPU))
