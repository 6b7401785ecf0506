"""The CPU path of each node against its array path, which here runs on NumPy in place of CuPy.

Tests marked gpu run the same comparison on CuPy itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from daskflow import CPU, GPU, Context
from daskflow.core.node import ProcessorNode
from daskflow.processors.vision import (
    AbsoluteDifference,
    ColorConverter,
    Cropper,
    GaussianBlur,
    HistogramEqualizer,
    LetterboxTensor,
    ResizeByFactor,
    Resizer,
    RunningAverage,
)
from daskflow.processors.vision.arrays.filtering import gaussian_kernel
from tests.gpu.conftest import needs_gpu

Make = Callable[..., ProcessorNode]

BACKENDS = [
    pytest.param("numpy", id="numpy"),
    pytest.param("cupy", id="cupy", marks=[pytest.mark.gpu, needs_gpu]),
]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `cupy` is: NumPy, or on a machine with a GPU CuPy."""
    if request.param == "numpy":
        monkeypatch.setitem(sys.modules, "cupy", np)


def picture(height: int = 97, width: int = 150, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Smooth patches with noise on them: both flat and steep places."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (8, 10, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    frame = np.clip(smooth.astype(int) + random.integers(-9, 10, smooth.shape), 0, 255).astype(np.uint8)
    frame.flags.writeable = False
    return frame if channels == 3 else np.ascontiguousarray(frame[..., 0])


def on(device: str, make: Make, *calls: tuple[np.ndarray, ...]) -> Any:
    """The last result of a node on a device, in main memory, and the metadata beside it."""
    node = make(device_type=device)
    ctx = Context("flow", "run", "node", device=device)
    node.open()
    for inputs in calls:
        result = ctx.to_host(node.process(*inputs, ctx=ctx))
    node.close()
    return result, ctx.metadata


def apart(make: Make, *calls: tuple[np.ndarray, ...]) -> np.ndarray:
    """How far the two devices' results are apart, value by value."""
    (cpu, cpu_says), (gpu, gpu_says) = on(CPU, make, *calls), on(GPU, make, *calls)
    assert (cpu.dtype, cpu.shape, cpu_says) == (gpu.dtype, gpu.shape, gpu_says)
    return np.abs(cpu.astype(np.float64) - gpu.astype(np.float64))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(75, 48), (50, 97), (61, 33), (300, 200), (150, 97), (1, 1), (151, 30)])
@pytest.mark.parametrize(("method", "most"), [("nearest", 0), ("bilinear", 1), ("area", 1)])
def test_resizing(method, most, size, channels):
    assert apart(lambda **o: Resizer(*size, method, **o), (picture(channels=channels),)).max() <= most


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("factor", [0.003, 0.5, 1.37])
@pytest.mark.parametrize(("method", "most"), [("nearest", 0), ("bilinear", 1), ("area", 1)])
def test_resizing_by_a_factor(method, most, factor):
    assert apart(lambda **o: ResizeByFactor(factor, method, **o), (picture(),)).max() <= most


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("sizes", [(640, 416), (1080, 608), (720, 405), (1920, 1088)])
def test_the_nearest_pixel_is_the_same_for_sizes_that_round_awkwardly(sizes):
    frame = np.arange(sizes[0] * 3, dtype=np.uint16).astype(np.uint8).reshape(-1, 1, 3)
    assert apart(lambda **o: Resizer(1, sizes[1], "nearest", **o), (frame,)).max() == 0


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    "conversion", ["bgr2gray", "gray2bgr", "bgr2rgb", "rgb2bgr", "bgr2ycrcb", "ycrcb2bgr"]
)
def test_colour(conversion):
    everything = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    frame = everything[..., 0] if conversion == "gray2bgr" else everything
    assert apart(lambda **o: ColorConverter(conversion, **o), (np.ascontiguousarray(frame),)).max() <= 1


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("sigma", "most"), [(0.5, 1), (1.5, 1), (4.2, 1), (20, 2), (40, 4)])
def test_blur(sigma, most, channels):
    assert apart(lambda **o: GaussianBlur(sigma, **o), (picture(channels=channels),)).max() <= most


@pytest.mark.usefixtures("backend")
def test_equalisation_of_many_small_pictures():
    random = np.random.default_rng(5)
    for _ in range(500):
        shape, low = random.integers(1, 12, 2), random.integers(0, 200)
        frame = random.integers(low, low + 40, shape, dtype=np.uint8)
        assert apart(HistogramEqualizer, (frame,)).max() == 0


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    "frame", [picture(channels=1), np.full((9, 9), 7, np.uint8), np.zeros((5, 5), np.uint8)]
)
def test_equalisation_of_grey(frame):
    assert apart(HistogramEqualizer, (frame,)).max() == 0


@pytest.mark.usefixtures("backend")
def test_equalisation_of_colour():
    distance = apart(HistogramEqualizer, (picture(),))
    assert distance.max() <= 4
    assert distance.mean() <= 0.5


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("threshold", [None, 0, 20, 255])
def test_difference(threshold, channels):
    frames = picture(channels=channels), picture(channels=channels, seed=3)
    assert apart(lambda **o: AbsoluteDifference(threshold, **o), frames).max() == 0


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (64, 64), (33, 500)])
def test_tensors(shape):
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    distance = apart(lambda **o: LetterboxTensor(96, 64, mean, std, **o), (picture(*shape),))
    assert distance.shape == (1, 3, 64, 96)
    assert distance.max() <= 1.01 / 255 / min(std)


@pytest.mark.usefixtures("backend")
def test_background():
    frames = [(picture(seed=i),) for i in range(20)]
    assert apart(lambda **o: RunningAverage(0.1, **o), *frames).max() <= 1
    other = [(picture(50, 40),), (picture(60, 40),)]
    assert apart(lambda **o: RunningAverage(0.1, **o), *other).max() == 0


def test_where_a_tensor_comes_from():
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[40, 150] = 255
    tensor, metadata = on(CPU, lambda **o: LetterboxTensor(400, 400, fill=0, **o), (frame,))
    fit = metadata["letterbox"]
    y, x = np.unravel_index(tensor[0, 0].argmax(), (400, 400))
    assert (fit.scale, fit.left, fit.top) == ((2.0, 2.0), 0, 100)
    assert np.abs(fit.points_in_frame(np.array([x, y])) - (150, 40)).max() <= 1


def test_a_background_is_what_stays():
    still, moving = picture(seed=1), [picture(seed=i) for i in range(2, 60)]
    frames = [np.where(np.arange(150)[None, :, None] < 75, still, m).astype(np.uint8) for m in moving]
    background, _ = on(CPU, lambda **o: RunningAverage(0.05, **o), *[(frame,) for frame in frames])
    assert np.abs(background[:, :75].astype(int) - still[:, :75]).max() <= 1


def test_cropping_needs_no_gpu():
    frame = picture()
    cut, _ = on(CPU, lambda **o: Cropper(10, 20, 30, 500, **o), (frame,))
    np.testing.assert_array_equal(cut, frame[20:, 10:40])
    assert Cropper.devices == (CPU,)
    with pytest.raises(ValueError, match="150×97"):
        on(CPU, lambda **o: Cropper(200, 0, 5, 5, **o), (frame,))


def test_the_kernel_is_that_of_opencv():
    np.testing.assert_allclose(gaussian_kernel(1.5), cv2.getGaussianKernel(11, 1.5)[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Resizer(0, 5), "at least 1 pixel"),
        (lambda: Resizer(5, 5, "cubic"), "nearest, bilinear, area"),
        (lambda: ColorConverter("bgr2hsv"), "bgr2gray"),
        (lambda: GaussianBlur(0), "sigma"),
        (lambda: AbsoluteDifference(300), "threshold"),
        (lambda: LetterboxTensor(std=(0, 1, 1)), "std is positive"),
        (lambda: RunningAverage(0), "rate"),
        (lambda: Cropper(-1, 0, 5, 5), "at least 0"),
    ],
)
def test_options_that_make_no_sense(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    ("make", "inputs", "says"),
    [
        (lambda **o: ColorConverter("bgr2gray", **o), (picture(channels=1),), "3 channels"),
        (lambda **o: ColorConverter("gray2bgr", **o), (picture(),), "1 channel,"),
        (AbsoluteDifference, (picture(), picture(50, 50)), "one shape"),
        (lambda **o: LetterboxTensor(**o), (picture(channels=1),), "height × width × 3"),
    ],
)
def test_frames_that_do_not_fit(make, inputs, says):
    with pytest.raises(ValueError, match=says):
        on(CPU, make, inputs)
