"""Conversions between colour spaces, with the coefficients of ITU-R BT.601 that OpenCV uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daskflow.processors.vision.arrays.rounding import rounded

BLUE, GREEN, RED = 0.114, 0.587, 0.299
TO_RED, TO_BLUE = 0.713, 0.564
"""Cr = (R - Y) * 0.713 + 128, Cb = (B - Y) * 0.564 + 128."""

FROM_RED, FROM_BLUE = 1.403, 1.773
GREEN_OF_RED, GREEN_OF_BLUE = 0.714, 0.344


def converted(xp: Any, image: Any, conversion: str) -> Any:
    """A picture in another colour space.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    image : array of xp
        uint8, height × width × 3, or height × width for ``"gray2bgr"``.
    conversion : str
        A name in `CONVERSIONS`.

    Returns
    -------
    array of xp
        uint8, contiguous. The values differ from those of OpenCV's ``cvtColor`` by at most 1.
    """
    return xp.ascontiguousarray(CONVERSIONS[conversion](xp, image))


def _swap(xp: Any, image: Any) -> Any:
    return image[..., ::-1]


def _grey(xp: Any, image: Any) -> Any:
    return rounded(xp, _luma(xp, image.astype(xp.float32)))


def _from_grey(xp: Any, image: Any) -> Any:
    return xp.repeat(image[..., None], 3, axis=2)


def _to_ycrcb(xp: Any, image: Any) -> Any:
    pixels = image.astype(xp.float32)
    luma = _luma(xp, pixels)
    red = (pixels[..., 2] - luma) * TO_RED + 128
    blue = (pixels[..., 0] - luma) * TO_BLUE + 128
    return rounded(xp, xp.stack([luma, red, blue], axis=-1))


def _from_ycrcb(xp: Any, image: Any) -> Any:
    pixels = image.astype(xp.float32)
    luma, red, blue = pixels[..., 0], pixels[..., 1] - 128, pixels[..., 2] - 128
    green = luma - GREEN_OF_RED * red - GREEN_OF_BLUE * blue
    return rounded(xp, xp.stack([luma + FROM_BLUE * blue, green, luma + FROM_RED * red], axis=-1))


def _luma(xp: Any, pixels: Any) -> Any:
    return pixels[..., 0] * BLUE + pixels[..., 1] * GREEN + pixels[..., 2] * RED


CONVERSIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "bgr2rgb": _swap,
    "rgb2bgr": _swap,
    "bgr2gray": _grey,
    "gray2bgr": _from_grey,
    "bgr2ycrcb": _to_ycrcb,
    "ycrcb2bgr": _from_ycrcb,
}
"""By the names that OpenCV has for them, in small letters."""
