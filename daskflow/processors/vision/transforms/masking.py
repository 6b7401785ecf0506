"""Pictures of which only a part is left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProcessorNode
from daskflow.scene import Zone, checked_detections
from daskflow.scene.regions import regions

INSIDE, OUTSIDE = "inside", "outside"


class Masker(ProcessorNode):
    """Keeps a region of each frame and fills the rest, or the other way round.

    The region is all of what is given: zones, the bright part of a picture, and detections.

    Parameters
    ----------
    zones : Zone or iterable of Zone, optional
        Parts of the region in every frame.
    image : str, os.PathLike or numpy.ndarray, optional
        A picture, or the file of one, whose pixels above 127 belong to the region in every frame. It is
        brought to the frame's size; a relative path is taken from the directory in which the node is
        constructed.
    keep : {"inside", "outside"}, default "inside"
        What stays: the region or all around it.
    fill : int, default 0
        Grey of what does not, from 0 to 255.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.
    """

    devices = (CPU,)

    def __init__(
        self,
        zones: Zone | Iterable[Zone] = (),
        image: str | os.PathLike[str] | NDArray[Any] | None = None,
        keep: str = INSIDE,
        fill: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._zones = regions(Zone, zones, "zones")
        if keep not in (INSIDE, OUTSIDE):
            raise ValueError(f"keep is {INSIDE!r} or {OUTSIDE!r}, got {keep!r}")
        if not 0 <= fill <= 255:
            raise ValueError(f"fill is from 0 to 255, got {fill}")
        self._keep, self._fill = keep, fill
        self._path = None
        self._image: NDArray[np.uint8] | None = None
        if isinstance(image, np.ndarray):
            self._image = _bright(checked_frame(image, self, grey=True))
        elif image is not None:
            self._path = os.path.abspath(os.fspath(image))
        self._fixed: NDArray[np.uint8] | None = None  # the region of every frame, for frames of one size

    def open(self) -> None:
        """Read the picture, if there is one; runs in the task's worker.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError
            It is no picture.
        """
        self._fixed = None
        if self._path is None:
            return
        with open(self._path, "rb") as file:
            image = cv2.imdecode(np.frombuffer(file.read() or b"?", np.uint8), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise ValueError(f"{self!r}: {self._path} is no picture that OpenCV can read")
        self._image = _bright(np.asarray(image))

    def process(
        self, frame: Frame, detections: sv.Detections | None = None, *, ctx: Context | None = None
    ) -> Frame:
        """Fill a part of a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). It is not changed.
        detections : supervision.Detections, optional
            More of the region: their masks, or their boxes where they have none.

        Returns
        -------
        numpy.ndarray
            uint8, of the frame's shape, C-contiguous.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, `detections` are no `supervision.Detections` or have masks of another
            size, or there is nothing that makes a region.
        """
        frame = checked_frame(frame, self, grey=True)
        if detections is None and not self._zones and self._image is None:
            raise ValueError(f"{self!r} has no region: give it zones=, image= or detections")
        shape = frame.shape[:2]
        if self._fixed is None or self._fixed.shape != shape:
            self._fixed = self._region_of_every_frame(*shape)
        region = self._fixed
        if detections is not None:
            region = self._with(region.copy(), checked_detections(detections, self))
        result: Frame = np.empty(frame.shape, np.uint8) if ctx is None else ctx.empty(frame.shape)
        result[:] = self._fill
        kept = region if self._keep == INSIDE else 1 - region
        return np.asarray(cv2.copyTo(frame, kept, dst=result))

    def _region_of_every_frame(self, height: int, width: int) -> NDArray[np.uint8]:
        region = np.zeros((height, width), np.uint8)
        if self._image is not None:
            region = np.asarray(cv2.resize(self._image, (width, height), interpolation=cv2.INTER_NEAREST))
        for zone in self._zones:
            cv2.fillPoly(region, [np.round(np.asarray(zone.corners)).astype(np.int32)], 1)
        return region

    def _with(self, region: NDArray[np.uint8], detections: sv.Detections) -> NDArray[np.uint8]:
        if detections.mask is not None:
            if detections.mask.shape[1:] != region.shape:
                raise ValueError(
                    f"{self!r} takes masks of the frame's size, {region.shape}; "
                    f"got {detections.mask.shape[1:]}"
                )
            region |= np.asarray(detections.mask).any(axis=0)
            return region
        height, width = region.shape
        for left, top, right, bottom in np.clip(detections.xyxy, 0, (width, height) * 2):
            region[int(np.floor(top)) : int(np.ceil(bottom)), int(np.floor(left)) : int(np.ceil(right))] = 1
        return region


def _bright(image: NDArray[Any]) -> NDArray[np.uint8]:
    grey = image if image.ndim == 2 else image.max(axis=2)
    bright: NDArray[np.uint8] = (grey > 127).astype(np.uint8)
    return bright
