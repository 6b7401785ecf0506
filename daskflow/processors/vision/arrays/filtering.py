"""What looks at a pixel's neighbours, at another picture, or at all pixels of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.processors.vision.arrays.rounding import rounded


def gaussian_kernel(sigma: float) -> NDArray[np.float32]:
    """Weights of a Gaussian to three standard deviations on either side, as OpenCV cuts it for 8 bits."""
    size = round(sigma * 6 + 1) | 1
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    kernel: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return kernel


def blurred(xp: Any, image: Any, sigma: float) -> Any:
    """A picture blurred by a Gaussian; at the border it is mirrored, the outermost pixel not repeated.

    Returns
    -------
    array of xp
        uint8. The values differ from those of OpenCV's ``GaussianBlur`` by at most 1, for wide kernels 2; by
        4 where the kernel is wider than the picture.
    """
    kernel = gaussian_kernel(sigma)
    reach = len(kernel) // 2
    values = image.astype(xp.float32)
    for axis in (0, 1):
        edges = [(reach, reach) if a == axis else (0, 0) for a in range(values.ndim)]
        padded = xp.moveaxis(xp.pad(values, edges, mode="reflect"), axis, 0)
        size = values.shape[axis]
        mixed = sum(padded[i : i + size] * float(weight) for i, weight in enumerate(kernel))
        values = xp.moveaxis(mixed, 0, axis)
    return xp.ascontiguousarray(xp.rint(values).astype(xp.uint8))


def difference(xp: Any, one: Any, other: Any) -> Any:
    """The distance of two pictures, uint8, value by value; the same as OpenCV's ``absdiff``."""
    return xp.maximum(one, other) - xp.minimum(one, other)


def above(xp: Any, image: Any, threshold: int) -> Any:
    """A mask, uint8, height × width: 255 where any channel is greater than `threshold`, else 0."""
    strongest = image if image.ndim == 2 else image.max(axis=2)
    return (strongest > threshold).astype(xp.uint8) * xp.uint8(255)


def equalised(xp: Any, image: Any) -> Any:
    """A grey picture whose values are spread over the whole range, as by OpenCV's ``equalizeHist``."""
    counts = xp.bincount(image.ravel(), minlength=256)
    lowest = int(xp.argmax(counts > 0))
    rest = image.size - int(counts[lowest])
    if rest == 0:
        return image.copy()
    sums = (xp.cumsum(counts) - counts[lowest]).astype(xp.float32)
    scale = np.float32(255) / np.float32(rest)  # in single precision, as OpenCV has it
    table = rounded(xp, sums * scale)
    return table[image]
