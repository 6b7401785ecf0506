"""From frames to the tensor that a network takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.resizing import AREA, BILINEAR, method_for
from daskflow.processors.vision.fitting import Fit, letterbox, stretch
from daskflow.processors.vision.planes import write_planes

Three = tuple[float, float, float]

_METHODS = {BILINEAR: cv2.INTER_LINEAR, AREA: cv2.INTER_AREA}
COLOURS = ("rgb", "bgr")


@dataclass(frozen=True)
class PictureFormat:
    """How a network wants its pictures.

    Attributes
    ----------
    letterbox : bool
        Keep the proportions, with bars of grey `fill`; else stretch.
    scale, mean, std : float and tuples of three floats
        Each value becomes ``(value * scale - mean) / std``; of red, green and blue.
    colour : {"rgb", "bgr"}
        The order of the channels.
    fill : int
        Grey of the bars, from 0 to 255.
    resize_method : {"bilinear", "area"}
        ``"area"`` averages where a frame becomes smaller, as Pillow and torchvision do.

    Raises
    ------
    ValueError
        One of them makes no sense.
    """

    letterbox: bool = True
    scale: float = 1 / 255
    mean: Three = (0.0, 0.0, 0.0)
    std: Three = (1.0, 1.0, 1.0)
    colour: str = "rgb"
    fill: int = 114
    resize_method: str = BILINEAR

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _three("mean", self.mean))
        object.__setattr__(self, "std", _three("std", self.std))
        if min(self.std) <= 0 or self.scale <= 0 or not 0 <= self.fill <= 255:
            raise ValueError(
                f"std and scale are positive and fill from 0 to 255, got {self.std}, {self.scale} and "
                f"{self.fill}"
            )
        if self.colour not in COLOURS:
            raise ValueError(f"colour is one of {', '.join(COLOURS)}, got {self.colour!r}")
        if self.resize_method not in _METHODS:
            raise ValueError(f"resize_method is one of {', '.join(_METHODS)}, got {self.resize_method!r}")


class PictureTensor:
    """Makes tensors of frames, in memory that is used again for each batch.

    Parameters
    ----------
    form : PictureFormat
        How.
    width, height : int
        Of the network's pictures, in pixels.
    """

    def __init__(self, form: PictureFormat, width: int, height: int) -> None:
        self._form = form
        self._width, self._height = width, height
        # in the order of a frame's channels: blue, green, red
        self._factor = np.array([form.scale / s for s in form.std])[::-1]
        self._offset = np.array([-m / s for m, s in zip(form.mean, form.std, strict=True)])[::-1]
        self._canvas = np.empty((height, width, 3), np.uint8)
        self._fit: Fit | None = None
        self._tensor = np.empty((0, 3, height, width), np.float32)

    def of(self, frames: Sequence[Frame]) -> tuple[NDArray[np.float32], list[Fit]]:
        """The tensor of some frames, and where each lies in it.

        Returns
        -------
        tensor : numpy.ndarray
            float32, n × 3 × height × width; valid until the next call.
        fits : list of Fit
            One per frame.
        """
        tensor = self.room(len(frames))
        return tensor, [self._write(frame, tensor[i]) for i, frame in enumerate(frames)]

    def room(self, count: int) -> NDArray[np.float32]:
        """The tensor for so many pictures, to be written to."""
        if count > len(self._tensor):
            self._tensor = np.empty((count, 3, self._height, self._width), np.float32)
        return self._tensor[:count]

    def write(self, picture: Frame, out: NDArray[np.float32]) -> None:
        """Write a picture that has the network's size already."""
        planes = out[::-1] if self._form.colour == "rgb" else out
        write_planes(picture, self._factor, self._offset, planes)

    def _write(self, frame: Frame, out: NDArray[Any]) -> Fit:
        find = letterbox if self._form.letterbox else stretch
        fit = find(frame.shape, self._width, self._height)
        if fit != self._fit:  # else the bars are there
            self._canvas[...] = self._form.fill
            self._fit = fit
        inside = self._canvas[fit.top : fit.top + fit.height, fit.left : fit.left + fit.width]
        resize_into(frame, inside, self._form.resize_method)
        self.write(self._canvas, out)
        return fit


def resize_into(frame: Frame, out: Frame, resize_method: str) -> None:
    """Resize a frame into a picture of another size."""
    height, width = out.shape[:2]
    method = method_for(frame.shape, height, width, resize_method)
    cv2.resize(frame, (width, height), dst=out, interpolation=_METHODS[method])


def _three(name: str, value: Any) -> Three:
    try:
        first, second, third = map(float, value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is three numbers, of red, green and blue, got {value!r}") from None
    return first, second, third
