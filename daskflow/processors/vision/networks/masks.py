"""Which pixels of a frame belong to what, from the coarser maps of a network."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daskflow.processors.vision.fitting import Fit, Floats

Size = tuple[int, int]


def mixed(coefficients: NDArray[Any], prototypes: NDArray[Any]) -> NDArray[np.float32]:
    """The map of each thing as a mixture of prototypes: n × k of k × rows × columns; float32.

    Notes
    -----
    Source: Bolya et al., "YOLACT: Real-time Instance Segmentation", 2019.
    """
    k, rows, columns = prototypes.shape
    flat = coefficients.astype(np.float32) @ prototypes.astype(np.float32).reshape(k, -1)
    return flat.reshape(-1, rows, columns)


def write_masks(maps: NDArray[Any], xyxy: Floats, fit: Fit, size: Size, out: NDArray[np.bool_]) -> None:
    """Write the mask of each thing: where its map is above 0, inside of its box.

    Parameters
    ----------
    maps : numpy.ndarray
        float32, n × rows × columns, over the whole input of the network.
    xyxy : numpy.ndarray
        float32, n × 4: the boxes, in pixels of the frame.
    fit : Fit
        Where the frame lies in the network's input.
    size : tuple of two ints
        Width and height of that input.
    out : numpy.ndarray
        bool, n × height × width of the frame, all False.

    Notes
    -----
    Between the points of a map it is interpolated linearly.
    """
    rows, columns = maps.shape[1:]
    across, down = (
        _line(fit.scale[0], fit.left, columns / size[0]),
        _line(fit.scale[1], fit.top, rows / size[1]),
    )
    for one, mask, box in zip(maps, out, np.rint(xyxy).astype(int), strict=True):
        left, top, right, bottom = map(int, box)
        if right <= left or bottom <= top:
            continue
        move = np.array([[across[0], 0, across[0] * left + across[1]], [0, down[0], down[0] * top + down[1]]])
        patch = cv2.warpAffine(
            one,
            move,
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        np.greater(patch, 0, out=mask[top:bottom, left:right])


def write_class_map(classes: NDArray[Any], fit: Fit, size: Size, out: NDArray[Any]) -> None:
    """Write for each pixel of a frame the class at the nearest point of a map.

    Parameters
    ----------
    classes : numpy.ndarray
        Integers, rows × columns, over the whole input of the network.
    fit, size
        As for `write_masks`.
    out : numpy.ndarray
        Of the dtype of `classes`, height × width of the frame.
    """
    rows, columns = classes.shape
    x = _nearest(_line(fit.scale[0], fit.left, columns / size[0]), fit.frame_width, columns)
    y = _nearest(_line(fit.scale[1], fit.top, rows / size[1]), fit.frame_height, rows)
    np.take(classes[y], x, axis=1, out=out, mode="clip")


def _line(scale: float, first: int, per_pixel: float) -> tuple[float, float]:
    """Factor and offset from a pixel's number in the frame to one in the map; centres are at halves."""
    factor = scale * per_pixel
    return factor, factor / 2 + first * per_pixel - 0.5


def _nearest(line: tuple[float, float], count: int, most: int) -> NDArray[np.intp]:
    places = np.floor(np.arange(count) * line[0] + line[1] + 0.5).astype(np.intp)
    clipped: NDArray[np.intp] = np.clip(places, 0, most - 1)
    return clipped
