"""Frames and what is in them, for the tests of annotators."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow.scene import Line, LineCount, Zone, ZoneCount
from tests.unit.media import Picture

GREY = 40


def plain(height: int = 240, width: int = 320) -> Picture:
    image = np.full((height, width, 3), GREY, np.uint8)
    image.flags.writeable = False
    return image


def found(*boxes: tuple[float, float, float, float], **more: Any) -> sv.Detections:
    xyxy = np.array(boxes or [(60, 60, 120, 160), (200, 60, 260, 160)], np.float32)
    return sv.Detections(xyxy=xyxy, **more)


def tracked(*boxes: tuple[float, float, float, float], first: int = 1) -> sv.Detections:
    detections = found(*boxes)
    detections.tracker_id = np.arange(first, first + len(detections))
    return detections


def masked(height: int = 240, width: int = 320) -> sv.Detections:
    mask = np.zeros((1, height, width), bool)
    mask[0, height // 4 : height // 2, width // 4 : width // 2] = True
    return sv.Detections(xyxy=sv.mask_to_xyxy(mask).astype(np.float32), mask=mask)


def body(height: int = 240, width: int = 320, confidence: float = 0.9) -> sv.KeyPoints:
    xy = np.random.default_rng(0).uniform(0.2, 0.8, (1, 17, 2)) * (width, height)
    return sv.KeyPoints(
        xy=xy.astype(np.float32), keypoint_confidence=np.full((1, 17), confidence, np.float32)
    )


def heat(height: int = 240, width: int = 320) -> np.ndarray:
    values = np.zeros((height, width), np.float32)
    values[height // 4 : height // 2, width // 4 : width // 2] = 7
    return values


def line_count(**numbers: Any) -> LineCount:
    return LineCount(Line((20, 120), (300, 120), "gate"), **numbers)


def zone_count(**numbers: Any) -> ZoneCount:
    return ZoneCount(Zone(((40, 40), (280, 40), (280, 200), (40, 200)), "plaza"), **numbers)


def changed(image: Picture, background: Picture | int = GREY) -> np.ndarray:
    """Where a picture is another: bool, height × width."""
    return (image != background).any(axis=2)
