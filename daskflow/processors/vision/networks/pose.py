"""Keypoints of people, found by a user's network."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.networks.choosing import AUTO, chosen_layout
from daskflow.processors.vision.networks.crops import Crop, crop_around
from daskflow.processors.vision.networks.finding import Finding, in_frame
from daskflow.processors.vision.networks.keypoints import (
    keypoints_beside_boxes,
    keypoints_by_axis,
    keypoints_of_maps,
)
from daskflow.processors.vision.networks.layouts import Given
from daskflow.processors.vision.networks.network import Network, shapes_of
from daskflow.processors.vision.networks.node import OnnxNode
from daskflow.processors.vision.networks.yolo import grid_cells
from daskflow.processors.vision.pose_estimator import PoseEstimator

SIMCC, HEATMAP = "simcc", "heatmap"
LAYOUTS_WITH_BOXES = ("yolov8", "yolo-end2end")
_SAYS = {SIMCC: "batch × keypoints × bins, twice", HEATMAP: "batch × keypoints × rows × columns"}
LAYOUTS = (AUTO, *LAYOUTS_WITH_BOXES, SIMCC, HEATMAP)

_PADDING = 1.25
"""Room around a box, as the networks of MMPose were trained with."""

_AT_ONCE = 32
"""People per run of the network: a crowd must not take all memory."""


class OnnxPoseEstimator(PoseEstimator, OnnxNode):
    """Finds keypoints with a network from an ONNX file: of all people at once, or of each detection.

    Parameters
    ----------
    model : str or Path
        The ``.onnx`` file.
    layout : str, default "auto"
        ``"yolov8"``, batch × (4 + classes + keypoints) × boxes, and ``"yolo-end2end"``, batch × boxes × (6 +
        keypoints): YOLO's networks, which find people by themselves; the node is wired to frames.
        ``"simcc"``, two outputs of batch × keypoints × bins, across and down, as of RTMPose, and
        ``"heatmap"``, batch × keypoints × rows × columns, as of HRNet and ViTPose, are for one person at a
        time; the node is wired to frames and detections. ``"auto"`` goes by shapes.
    keypoint_shape : tuple of two ints, optional
        How many keypoints there are, and of how many numbers: 2 for x and y, 3 with the confidence. For
        YOLO's networks; if not given, as the exporter wrote it into the model, else what is left beside one
        class, three numbers each.
    keypoint_confidence : float, default 0.3
        Keypoints of less are not ``visible``.
    confidence, iou, max_detections
        As for `OnnxDetector`; for YOLO's networks.
    class_names, input_size, letterbox, scale, mean, std, colour, fill, resize_method, **options
        As for `OnnxNode`. RTMPose and the like take mean and std of
        ImageNet.
    """

    _task = "pose"

    def __init__(
        self,
        model: str | Path,
        layout: str = AUTO,
        *,
        keypoint_shape: tuple[int, int] | None = None,
        keypoint_confidence: float = 0.3,
        confidence: float = 0.25,
        iou: float = 0.45,
        max_detections: int = 300,
        **options: Any,
    ) -> None:
        super().__init__(model, **options)
        if layout not in LAYOUTS:
            raise ValueError(f"layout is one of {', '.join(LAYOUTS)}, got {layout!r}")
        if keypoint_shape is not None:
            keypoint_shape = checked_keypoint_shape(keypoint_shape)
        self._layout, self._keypoint_shape = layout, keypoint_shape
        self._keypoint_confidence = float(keypoint_confidence)
        self._finding = Finding(confidence, iou, None, False, max_detections)
        self._shape = (0, 0)
        self._decoder: Any = None
        self._of_one: Callable[..., Any] = keypoints_by_axis

    def opened(self, network: Network) -> None:
        """Find out the form of the outputs."""
        outputs = [output[0] for output in network.blank_outputs]
        size = network.width, network.height
        ranks = [output.ndim for output in outputs]
        forms = {SIMCC: ranks == [2, 2] and len(outputs[0]) == len(outputs[1]), HEATMAP: ranks == [3]}
        for name, reader in ((SIMCC, keypoints_by_axis), (HEATMAP, keypoints_of_maps)):
            if self._layout == name and not forms[name]:
                raise ValueError(
                    f"{network.name} gives outputs of shape {shapes_of(network.blank_outputs)}; layout "
                    f"{name!r} is {_SAYS[name]}"
                )
            if self._layout in (name, AUTO) and forms[name]:
                self.needs_detections = True
                self._of_one = reader
                return
        self.needs_detections = False
        self._shape = self._keypoint_shape or _exported_shape(network) or _left_shape(outputs, size)
        names = 1 if self._names is None else len(self._names)
        given = Given(outputs, size, self._shape[0] * self._shape[1], names)
        layout = chosen_layout(self._layout, given, network.name, network.blank_outputs, LAYOUTS_WITH_BOXES)
        self._decoder = self._finding.of_layout(layout, given, self._names, self)

    def estimate(
        self, frames: list[Frame], detections: list[sv.Detections] | None, ctx: Context
    ) -> list[sv.KeyPoints]:
        """Find keypoints; runs in the task's worker and blocks until the network has run.

        Returns
        -------
        list of supervision.KeyPoints
            For each frame ``xy`` float32, n × k × 2, pixels of the frame, also beyond its border;
            ``keypoint_confidence`` float32, n × k, and ``visible`` bool, n × k, where the network says how
            sure it is; ``detection_confidence``, n, ``class_id``, n, and ``data["class_name"]`` of the
            people, the most confident first. With detections these are theirs, in their order, and
            ``data["tracker_id"]`` if they are tracked.
        """
        if detections is not None:
            return self._around(frames, detections)
        tensor, fits = self.tensor.of(frames)
        outputs = self.network.run(tensor)
        results = []
        for i, fit in enumerate(fits):
            found, _ = in_frame(self._decoder([output[i] for output in outputs]), fit)
            xy, sure = keypoints_beside_boxes(found.extra, self._shape[1])
            results.append(
                self._keypoints(
                    fit.points_in_frame(xy),
                    sure,
                    class_id=found.class_id,
                    detection_confidence=found.confidence.astype(np.float32),
                    data=self.class_data(found.class_id),
                )
            )
        return results

    def _around(self, frames: list[Frame], detections: list[sv.Detections]) -> list[sv.KeyPoints]:
        """The keypoints of each detection."""
        width, height = self.network.width, self.network.height
        crops = [
            (frame, crop_around(box, _PADDING, width, height))
            for frame, found in zip(frames, detections, strict=True)
            for box in found.xyxy
        ]
        count = self.network.blank_outputs[0].shape[1]
        xy, sure = np.zeros((len(crops), count, 2), np.float32), np.zeros((len(crops), count), np.float32)
        for i in range(0, len(crops), _AT_ONCE):
            part = slice(i, i + _AT_ONCE)
            xy[part], sure[part] = self._of_crops(crops[part])
        results, first = [], 0
        for found in detections:
            of_frame = slice(first, first + len(found))
            data = dict(found.data)
            if found.tracker_id is not None:
                data["tracker_id"] = found.tracker_id
            results.append(
                self._keypoints(
                    xy[of_frame],
                    sure[of_frame],
                    class_id=found.class_id,
                    detection_confidence=found.confidence,
                    data=data,
                )
            )
            first += len(found)
        return results

    def _of_crops(self, crops: list[tuple[Frame, Crop]]) -> tuple[NDArray[Any], NDArray[Any]]:
        size = self.network.width, self.network.height
        tensor = self.tensor.room(len(crops))
        for (frame, crop), planes in zip(crops, tensor, strict=True):
            self.tensor.write(crop.cut(frame, *size), planes)
        xy, sure = self._of_one(*self.network.run(tensor), size)
        moved = [crop.points_in_frame(points) for (_, crop), points in zip(crops, xy, strict=True)]
        return np.stack(moved), sure

    def _keypoints(self, xy: NDArray[Any], sure: NDArray[Any] | None, **others: Any) -> sv.KeyPoints:
        return sv.KeyPoints(
            xy=xy,
            keypoint_confidence=None if sure is None else sure.astype(np.float32),
            visible=None if sure is None else sure >= self._keypoint_confidence,
            **others,
        )


def checked_keypoint_shape(shape: Any) -> tuple[int, int]:
    """How many keypoints, and of how many numbers; raises `ValueError` if it is no such pair."""
    try:
        count, numbers = map(int, shape)
    except (TypeError, ValueError):
        count = numbers = 0
    if count < 1 or numbers not in (2, 3):
        raise ValueError(f"keypoint_shape is a number of keypoints, and 2 or 3, got {shape!r}")
    return count, numbers


def _exported_shape(network: Network) -> tuple[int, int] | None:
    """What Ultralytics' exporter writes: ``kpt_shape``."""
    try:
        return checked_keypoint_shape(ast.literal_eval(network.metadata.get("kpt_shape", "")))
    except (SyntaxError, ValueError):
        return None


def _left_shape(outputs: list[NDArray[Any]], size: tuple[int, int]) -> tuple[int, int]:
    """Keypoints of three numbers beside a box and one class; none where there is no room for them."""
    table = Given(outputs, size).table
    if table is None:
        return 1, 3
    left = table[0] - 5 if table[1] in grid_cells(size) else table[1] - 6
    return max(1, left // 3), 3
