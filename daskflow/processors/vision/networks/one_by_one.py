"""Keypoints of what was detected, by networks that look at one person at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.frame import Frame
from daskflow.processors.vision.fitting import Floats
from daskflow.processors.vision.networks.crops import Crop, crop_around
from daskflow.processors.vision.networks.keypoints import keypoints_by_axis, keypoints_of_maps
from daskflow.processors.vision.networks.network import Network, shapes_of
from daskflow.processors.vision.networks.pictures import PictureTensor

SIMCC, HEATMAP = "simcc", "heatmap"
LAYOUTS = (SIMCC, HEATMAP)

_SAYS = {SIMCC: "batch × keypoints × bins, twice", HEATMAP: "batch × keypoints × rows × columns"}
_READERS: dict[str, Callable[..., tuple[NDArray[Any], NDArray[Any]]]] = {
    SIMCC: keypoints_by_axis,
    HEATMAP: keypoints_of_maps,
}

_PADDING = 1.25
"""Room around a box, as the networks of MMPose were trained with."""

_AT_ONCE = 32
"""People per run of the network: a crowd must not take all memory."""


def layout_of(network: Network, wish: str) -> str | None:
    """The layout of a network's outputs, or None if they are of another kind.

    Parameters
    ----------
    network : Network
        It was run once.
    wish : str
        A layout, which it then must have, or anything else.

    Raises
    ------
    ValueError
        It has not the layout that was wished for.
    """
    outputs = network.blank_outputs
    ranks = [output.ndim - 1 for output in outputs]
    found = None
    if ranks == [2, 2] and outputs[0].shape[1] == outputs[1].shape[1]:
        found = SIMCC
    elif ranks == [3]:
        found = HEATMAP
    if wish in LAYOUTS and found != wish:
        raise ValueError(
            f"{network.name} gives outputs of shape {shapes_of(outputs)}; layout {wish!r} is {_SAYS[wish]}"
        )
    return found


def keypoints_of_each(
    frames: Sequence[Frame],
    detections: Sequence[sv.Detections],
    network: Network,
    tensor: PictureTensor,
    layout: str,
) -> list[tuple[Floats, Floats]]:
    """Run the network on each detection of some frames; blocks.

    Returns
    -------
    list of two numpy.ndarray
        For each frame, of its n detections: ``xy``, float32, n × k × 2, in pixels of the frame, and how
        certain each is, float32, n × k.
    """
    crops = [
        (frame, crop_around(box, _PADDING, network.width, network.height))
        for frame, found in zip(frames, detections, strict=True)
        for box in found.xyxy
    ]
    count = network.blank_outputs[0].shape[1]
    xy, sure = np.zeros((len(crops), count, 2), np.float32), np.zeros((len(crops), count), np.float32)
    for i in range(0, len(crops), _AT_ONCE):
        part = slice(i, i + _AT_ONCE)
        xy[part], sure[part] = _of_crops(crops[part], network, tensor, _READERS[layout])
    ends = np.cumsum([len(found) for found in detections])[:-1]
    return list(zip(np.split(xy, ends), np.split(sure, ends), strict=True))


def _of_crops(
    crops: Sequence[tuple[Frame, Crop]], network: Network, tensor: PictureTensor, read: Callable[..., Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    size = network.width, network.height
    pictures = tensor.room(len(crops))
    for (frame, crop), planes in zip(crops, pictures, strict=True):
        tensor.write(crop.cut(frame, *size), planes)
    xy, sure = read(*network.run(pictures), size)
    return np.stack([crop.points_in_frame(points) for (_, crop), points in zip(crops, xy, strict=True)]), sure
