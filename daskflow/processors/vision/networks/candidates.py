"""What a network says of one picture, before anything is sorted out among overlapping boxes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes in one picture.

    Attributes
    ----------
    xyxy : numpy.ndarray
        Float, n × 4: left, top, right, bottom, in pixels of the network's input.
    confidence : numpy.ndarray
        Float, n.
    class_id : numpy.ndarray
        int, n.
    extra : numpy.ndarray
        Float, n × k: what the network says of each beside that: coefficients of a mask, keypoints.
    """

    xyxy: NDArray[Any]
    confidence: NDArray[Any]
    class_id: NDArray[np.int_]
    extra: NDArray[Any]

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, kept: NDArray[Any]) -> Candidates:
        return Candidates(self.xyxy[kept], self.confidence[kept], self.class_id[kept], self.extra[kept])

    def finite(self) -> Candidates:
        """Those whose edges are numbers: in float16 one may overflow, and such a box displaces all others."""
        return self[np.isfinite(self.xyxy).all(axis=1)]

    def of_classes(self, classes: Collection[int] | None) -> Candidates:
        """Those of some classes; with None all."""
        return self if classes is None else self[np.isin(self.class_id, list(classes))]

    def best(self, count: int) -> Candidates:
        """The `count` of the highest confidence, the highest first."""
        return self[np.argsort(-self.confidence, kind="stable")[:count]]

    def without_doubles(self, iou: float, class_agnostic: bool) -> Candidates:
        """Those that non-maximum suppression leaves, the most confident first.

        Parameters
        ----------
        iou : float
            Of two boxes with a greater intersection over union the less confident goes.
        class_agnostic : bool
            Whether also if they are of different classes.
        """
        if not len(self):
            return self
        corner, size = self.xyxy[:, :2], self.xyxy[:, 2:] - self.xyxy[:, :2]
        boxes = np.hstack([corner, size]).astype(np.float64)
        confidence = self.confidence.astype(np.float32)
        if class_agnostic:
            kept = cv2.dnn.NMSBoxes(boxes, confidence, 0.0, iou)  # type: ignore[arg-type]
        else:
            numbers = self.class_id.astype(np.int32)
            kept = cv2.dnn.NMSBoxesBatched(boxes, confidence, numbers, 0.0, iou)  # type: ignore[arg-type]
        return self[np.asarray(kept, dtype=int).ravel()]


def centred(cxcywh: NDArray[Any]) -> NDArray[Any]:
    """Boxes given by centre, width and height along the last axis as left, top, right, bottom."""
    centre, half = cxcywh[..., :2], cxcywh[..., 2:4] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)
