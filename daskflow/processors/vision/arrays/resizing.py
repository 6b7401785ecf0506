"""Resizing as two matrix products, one per axis: what a GPU is best at."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.processors.vision.arrays.rounding import rounded

NEAREST, BILINEAR, AREA = "nearest", "bilinear", "area"
METHODS = (NEAREST, BILINEAR, AREA)


def resized(xp: Any, image: Any, height: int, width: int, method: str) -> Any:
    """A picture in another size, as OpenCV's ``resize`` makes it but for rounding.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    image : array of xp
        uint8, height × width or height × width × channels.
    height, width : int
        Of the result, in pixels.
    method : str
        ``"nearest"`` takes the pixel at ``floor(i * scale)``. ``"bilinear"`` puts pixel centres at halves and
        repeats the border. ``"area"`` averages what a pixel of the result covers; see `method_for`.

    Returns
    -------
    array of xp
        uint8. The values differ from OpenCV's by at most 1, those of ``"nearest"`` not at all.
    """
    if method == NEAREST:
        return image[_nearest(xp, image.shape[0], height)][:, _nearest(xp, image.shape[1], width)]
    method = method_for(image.shape, height, width, method)
    down = _weights(xp, image.shape[0], height, method)
    across = _weights(xp, image.shape[1], width, method)
    mixed = xp.tensordot(down, image.astype(xp.float32), axes=(1, 0))
    mixed = xp.moveaxis(xp.tensordot(across, mixed, axes=(1, 1)), 0, 1)
    return xp.ascontiguousarray(rounded(xp, mixed))


def method_for(shape: tuple[int, ...], height: int, width: int, method: str) -> str:
    """The method that is used for a picture: ``"area"`` is one for pictures that grow in no direction."""
    grows = height > shape[0] or width > shape[1]
    return BILINEAR if method == AREA and grows else method


@lru_cache(maxsize=32)  # a stream has few sizes; what belongs to them stays on the device
def _nearest(xp: Any, size: int, new_size: int) -> Any:
    scaled = np.floor(np.arange(new_size) * (1 / (new_size / size))).astype(np.intp)  # rounded as OpenCV's
    return xp.asarray(np.minimum(scaled, size - 1))


@lru_cache(maxsize=32)
def _weights(xp: Any, size: int, new_size: int, method: str) -> Any:
    """How much each pixel of a row gives to each of the resized row; what one is given adds up to 1."""
    return xp.asarray(_covered(size, new_size) if method == AREA else _between(size, new_size))


def _between(size: int, new_size: int) -> NDArray[np.float32]:
    weights = np.zeros((new_size, size), np.float32)
    centres = (np.arange(new_size) + 0.5) * (size / new_size) - 0.5
    left = np.floor(centres).astype(int)
    part = (centres - left).astype(np.float32)
    for neighbour, weight in ((left, 1 - part), (left + 1, part)):
        np.add.at(weights, (np.arange(new_size), np.clip(neighbour, 0, size - 1)), weight)
    return weights


def _covered(size: int, new_size: int) -> NDArray[np.float32]:
    scale = size / new_size
    first = np.arange(new_size)[:, None] * scale
    pixel = np.arange(size)[None, :]
    overlap = np.minimum(first + scale, pixel + 1) - np.maximum(first, pixel)
    weights: NDArray[np.float32] = (np.clip(overlap, 0, None) / scale).astype(np.float32)
    return weights
