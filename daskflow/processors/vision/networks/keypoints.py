"""Outputs of pose networks, in pixels of their input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def keypoints_beside_boxes(extra: NDArray[Any], numbers: int) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """What stands behind the classes of a box, n × (k · numbers): x, y and, of three, the confidence.

    Returns
    -------
    xy : numpy.ndarray
        n × k × 2.
    confidence : numpy.ndarray or None
        n × k.
    """
    table = extra.reshape(len(extra), extra.shape[1] // numbers, numbers)
    return table[..., :2], table[..., 2] if numbers > 2 else None


def keypoints_by_axis(
    across: NDArray[Any], down: NDArray[Any], size: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """How likely a keypoint is in each column and in each row: people × k × bins, twice.

    Parameters
    ----------
    across, down : numpy.ndarray
        Float; the bins divide width and height evenly, usually two to a pixel.
    size : tuple of two ints
        Width and height of the network's input.

    Returns
    -------
    xy, confidence : numpy.ndarray
        People × k × 2; people × k, the less certain of the two axes.

    Notes
    -----
    Source: Li et al., "SimCC: a Simple Coordinate Classification Perspective for Human Pose Estimation",
    2022; the confidence as in RTMPose.
    """
    xy = np.stack(
        [
            across.argmax(axis=2) * (size[0] / across.shape[2]),
            down.argmax(axis=2) * (size[1] / down.shape[2]),
        ],
        axis=-1,
    )
    return xy, np.minimum(across.max(axis=2), down.max(axis=2))


def keypoints_of_maps(maps: NDArray[Any], size: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The highest point of each map: people × k × rows × columns.

    Parameters
    ----------
    maps : numpy.ndarray
        Float, over the whole input of the network.
    size : tuple of two ints
        Width and height of that input.

    Returns
    -------
    xy, confidence : numpy.ndarray
        People × k × 2; people × k, the value there.

    Notes
    -----
    A quarter of a step towards the higher neighbour is added, as in Newell et al., "Stacked Hourglass
    Networks for Human Pose Estimation", 2016.
    """
    people, k, rows, columns = maps.shape
    flat = maps.reshape(people, k, -1).astype(np.float32, copy=False)
    y, x = np.divmod(flat.argmax(axis=2), columns)
    padded = np.pad(flat.reshape(maps.shape), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    person, point = np.ogrid[:people, :k]
    across = padded[person, point, y + 1, x + 2] - padded[person, point, y + 1, x]
    down = padded[person, point, y + 2, x + 1] - padded[person, point, y, x + 1]
    inside_x, inside_y = (x > 0) & (x < columns - 1), (y > 0) & (y < rows - 1)
    steps = np.stack([np.sign(across) * inside_x, np.sign(down) * inside_y], axis=-1) / 4
    xy = (np.stack([x, y], axis=-1) + steps) * (size[0] / columns, size[1] / rows)
    return xy, flat.max(axis=2)
