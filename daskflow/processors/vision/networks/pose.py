"""Keypoints of people, found by a user's network."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.networks import one_by_one
from daskflow.processors.vision.networks.choosing import AUTO, chosen_layout
from daskflow.processors.vision.networks.class_names import classes_named
from daskflow.processors.vision.networks.finding import Finding, in_frame
from daskflow.processors.vision.networks.keypoints import keypoints_beside_boxes
from daskflow.processors.vision.networks.layouts import Given
from daskflow.processors.vision.networks.network import Network
from daskflow.processors.vision.networks.node import OnnxNode
from daskflow.processors.vision.networks.yolo import grid_cells
from daskflow.processors.vision.pose_estimator import PoseEstimator

COLUMNS, ROWS = "yolov8", "yolo-end2end"
LAYOUTS_WITH_BOXES = (COLUMNS, ROWS)
LAYOUTS = (AUTO, *LAYOUTS_WITH_BOXES, *one_by_one.LAYOUTS)


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
        As for `OnnxNode`. RTMPose and the like take mean and std of ImageNet.

    Raises
    ------
    TypeError, ValueError
        There is no such `layout`, or another argument is of another type or out of its range.
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
        self._one_by_one: str | None = None

    def opened(self, network: Network) -> None:
        """Find out the form of the outputs."""
        outputs = [output[0] for output in network.blank_outputs]
        size = network.width, network.height
        self._one_by_one = None
        if self._layout not in LAYOUTS_WITH_BOXES:
            self._one_by_one = one_by_one.layout_of(network, self._layout)
        self.needs_detections = self._one_by_one is not None
        if self.needs_detections:
            return
        self._shape = self._keypoint_shape or _exported_shape(network) or self._left_shape(outputs, size)
        names = 1 if self._names is None else classes_named(self._names)
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
        if detections is not None and self._one_by_one is not None:
            return self._around(frames, detections, self._one_by_one)
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

    def _around(
        self, frames: list[Frame], detections: list[sv.Detections], layout: str
    ) -> list[sv.KeyPoints]:
        """The keypoints of each detection."""
        found = one_by_one.keypoints_of_each(frames, detections, self.network, self.tensor, layout)
        return [
            self._keypoints(
                xy,
                sure,
                class_id=whose.class_id,
                detection_confidence=whose.confidence,
                data=whose.data
                if whose.tracker_id is None
                else {**whose.data, "tracker_id": whose.tracker_id},
            )
            for (xy, sure), whose in zip(found, detections, strict=True)
        ]

    def _left_shape(self, outputs: list[NDArray[Any]], size: tuple[int, int]) -> tuple[int, int]:
        """Keypoints of three numbers beside a box and one class; one where there is no room for any."""
        table = Given(outputs, size).table
        if table is None:
            return 1, 3
        in_columns, in_rows = table[0] - 5, table[1] - 6
        is_columns = self._layout == COLUMNS or (
            self._layout == AUTO and (table[1] in grid_cells(size) or in_rows < 3)
        )
        return max(1, (in_columns if is_columns else in_rows) // 3), 3

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
