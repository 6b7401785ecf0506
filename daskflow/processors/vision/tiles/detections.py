"""What was found in tiles, as found in the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.processors.vision.tiles.gathering import TileGatherer
from daskflow.scene import checked_detections
from daskflow.scene.tile import Tile

MERGE, NMS, NONE = "merge", "nms", "none"
FILTERS = (MERGE, NMS, NONE)
METRICS = {"iou": sv.OverlapMetric.IOU, "ios": sv.OverlapMetric.IOS}


class TileDetectionsJoiner(TileGatherer):
    """Makes the detections of a frame of those of its tiles.

    What lies where tiles overlap is found in several of them, whole in one and cut off in another. Of
    detections there that cover each other one is left. Others stay as they are: the detector has sorted them
    out.

    Parameters
    ----------
    duplicates : {"merge", "nms", "none"}, default "merge"
        ``"merge"`` makes one box around those that cover each other (non-maximum merging), also of a thing
        that is whole in no tile; ``"nms"`` keeps the most certain one; ``"none"`` keeps all.
    threshold : float, default 0.5
        From 0 to 1: how much of each other two boxes cover from which they are one thing.
    metric : {"ios", "iou"}, default "ios"
        What is measured: the intersection over the smaller box, which finds a part of a thing within the
        whole; or over the union.
    class_agnostic : bool, default False
        Whether two of different classes may be one thing.
    missing : {"give_up", "last"}, default "give_up"
        What becomes of a frame of which a tile does not come: it is left out, or what was found in the tile
        is what was last found there.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        `threshold` is no number or out of its range, or another argument is none of its choices.

    Notes
    -----
    The defaults are those of SAHI (Akyol et al., "Slicing Aided Hyper Inference and Fine-Tuning for Small
    Object Detection", 2022); merging is supervision's.
    """

    def __init__(
        self,
        duplicates: str = MERGE,
        threshold: float = 0.5,
        metric: str = "ios",
        class_agnostic: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if duplicates not in FILTERS:
            raise ValueError(f"duplicates is one of {', '.join(FILTERS)}, got {duplicates!r}")
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold is from 0 to 1, got {threshold}")
        if metric not in METRICS:
            raise ValueError(f"metric is one of {', '.join(METRICS)}, got {metric!r}")
        self._duplicates, self._threshold, self._class_agnostic = duplicates, threshold, class_agnostic
        self._metric = metric

    def checked(self, value: Any, tile: Tile) -> sv.Detections:
        """Return `value`, known to be detections, with masks of the size of `tile` if any."""
        detections = checked_detections(value, self)
        if len(detections) and detections.mask is not None:
            size = tuple(detections.mask.shape[1:])
            if size != (tile.height, tile.width):
                raise ValueError(
                    f"{self!r} takes masks of the tile's size, {tile.height}×{tile.width}; got {size}"
                )
        return detections

    def joined(self, tiles: list[Tile], values: list[Any], ctx: Context) -> sv.Detections:
        """The detections of the frame, in its pixels."""
        moved, shared = [], []
        for tile, found in zip(tiles, values, strict=True):
            if len(found):
                moved.append(_moved(found, tile))
                shared.append(_in_others(moved[-1].xyxy, tile, tiles))
        if not moved:
            return sv.Detections.empty()
        found = sv.Detections.merge(moved)
        if self._duplicates == NONE:
            return found
        twice = np.concatenate(shared)
        if not twice.any():
            return found
        parts = [found[~twice], self._without_duplicates(found[twice])]
        return sv.Detections.merge([part for part in parts if len(part)])

    def _without_duplicates(self, found: sv.Detections) -> sv.Detections:
        is_certain = found.confidence is None
        if is_certain:  # supervision sorts by it
            found.confidence = np.ones(len(found), np.float32)
        work = found.with_nmm if self._duplicates == MERGE else found.with_nms
        left: sv.Detections = work(
            threshold=self._threshold,
            class_agnostic=self._class_agnostic or found.class_id is None,
            overlap_metric=METRICS[self._metric],
        )
        left.xyxy = np.asarray(left.xyxy, np.float32)
        if is_certain:
            left.confidence = None
        elif left.confidence is not None:
            left.confidence = np.asarray(left.confidence, np.float32)
        return left


def _moved(found: sv.Detections, tile: Tile) -> sv.Detections:
    """The same in pixels of the frame."""
    moved = found[:]  # another object: the input is not to be changed
    offset = np.array([tile.left, tile.top])
    moved.xyxy = (np.asarray(found.xyxy) + np.tile(offset, 2)).astype(np.float32)
    if found.mask is not None:
        moved.mask = sv.move_masks(
            masks=np.asarray(found.mask), offset=offset, resolution_wh=(tile.frame_width, tile.frame_height)
        )
    return moved


def _in_others(boxes: Any, tile: Tile, tiles: list[Tile]) -> Any:
    """Which boxes reach into other tiles, or up to them: bool, n."""
    others = np.array(
        [(t.left, t.top, t.left + t.width, t.top + t.height) for t in tiles if t is not tile], np.float32
    ).reshape(-1, 4)
    starts, ends = (
        np.maximum(boxes[:, None, :2], others[:, :2]),
        np.minimum(boxes[:, None, 2:], others[:, 2:]),
    )
    return (starts <= ends).all(axis=2).any(axis=1)
