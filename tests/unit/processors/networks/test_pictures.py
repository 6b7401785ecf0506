"""The numbers that a network is given for a frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from daskflow.processors.vision import LetterboxTensor
from daskflow.processors.vision.fitting import letterbox
from daskflow.processors.vision.networks.pictures import PictureFormat, PictureTensor
from tests.unit.media import Picture, context

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def noise(width: int, height: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def tensor(frame: Picture, size: tuple[int, int] = (32, 24), **form: Any) -> Any:
    return PictureTensor(PictureFormat(**form), *size).of([frame])[0][0]


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (33, 24), (5, 7), (200, 20)])
def test_they_are_those_of_the_letterbox_tensor(size: tuple[int, int]) -> None:
    frame = noise(*size)
    node = LetterboxTensor(32, 24, MEAN, STD)
    node.open()
    np.testing.assert_allclose(
        tensor(frame, mean=MEAN, std=STD), node.process(frame, context())[0], atol=2e-6
    )


def test_colours_scales_and_means() -> None:
    frame = noise(32, 24)
    pixels = frame.astype(np.float64)
    rgb = pixels[..., ::-1].transpose(2, 0, 1)
    np.testing.assert_allclose(tensor(frame), rgb / 255, atol=1e-6)
    np.testing.assert_allclose(tensor(frame, colour="bgr", scale=1), pixels.transpose(2, 0, 1), atol=1e-4)
    mean, std = np.reshape(MEAN, (3, 1, 1)), np.reshape(STD, (3, 1, 1))
    np.testing.assert_allclose(tensor(frame, mean=MEAN, std=STD), (rgb / 255 - mean) / std, atol=3e-6)
    bgr = tensor(frame, mean=MEAN, std=STD, colour="bgr")  # of the same colours, in another order
    np.testing.assert_allclose(bgr[::-1], (rgb / 255 - mean) / std, atol=3e-6)


def test_stretching_and_averaging() -> None:
    frame = noise(64, 24)
    stretched = cv2.resize(frame, (32, 24), interpolation=cv2.INTER_AREA)
    given = tensor(frame, colour="bgr", scale=1, letterbox=False, resize_method="area")
    np.testing.assert_array_equal(given, stretched.transpose(2, 0, 1))


def test_bars_are_drawn_anew_for_frames_of_another_size() -> None:
    maker = PictureTensor(PictureFormat(scale=1, fill=9), 32, 32)
    wide, high = np.full((8, 16, 3), 200, np.uint8), np.full((16, 8, 3), 100, np.uint8)
    given, fits = maker.of([wide, high, wide])
    for picture, fit, value in zip(given, fits, (200, 100, 200), strict=True):
        inside = np.zeros((32, 32), bool)
        inside[fit.top : fit.top + fit.height, fit.left : fit.left + fit.width] = True
        assert inside.sum() == 512
        assert (picture[:, inside] == value).all()
        assert (picture[:, ~inside] == 9).all()


def test_the_way_back_has_the_scales_that_the_way_there_had() -> None:
    fit = letterbox((1079, 1919, 3), 640, 640)
    assert (fit.width, fit.height, fit.left, fit.top) == (640, 360, 0, 140)
    corners = np.array([[0, 140, 640, 500], [-5, 0, 700, 320]], np.float32)
    boxes = fit.boxes_in_frame(corners)
    assert boxes.dtype == np.float32
    np.testing.assert_allclose(boxes, [[0, 0, 1919, 1079], [0, 0, 1919, 539.5]], rtol=1e-6)
