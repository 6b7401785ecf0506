"""Things in frames, found by a user's network."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import supervision as sv

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.fitting import Fit
from daskflow.processors.vision.networks.candidates import Candidates
from daskflow.processors.vision.networks.choosing import AUTO, checked_layout, chosen_layout
from daskflow.processors.vision.networks.class_names import classes_named
from daskflow.processors.vision.networks.finding import Finding, in_frame
from daskflow.processors.vision.networks.layouts import Given
from daskflow.processors.vision.networks.network import Network
from daskflow.processors.vision.networks.node import OnnxNode, detections_of


class OnnxDetector(OnnxNode):
    """Finds things with a detector of the YOLO or the DETR family, from an ONNX file.

    Parameters
    ----------
    model : str or Path
        The ``.onnx`` file.
    layout : str, default "auto"
        The form of the network's outputs; ``docs/networks.md`` says which exporter makes which:
        ``"yolov5"``, batch × boxes × (5 + classes), and ``"yolov8"``, batch × (4 + classes) × boxes, boxes as
        centre, width and height in pixels; ``"yolo-end2end"``, batch × boxes × 6, as corners, confidence and
        class; ``"detr"`` and ``"detr-sigmoid"``, logits and boxes, centre, width and height from 0 to 1;
        ``"detr-finished"``, classes, boxes as corners in pixels, and scores; ``"detr-scores"``, batch ×
        queries × (4 + classes). ``"auto"`` goes by shapes and the number of `class_names`, and refuses to
        guess where several are possible.
    confidence : float, default 0.25
        Boxes of less are left out, from 0 to 1.
    iou : float, default 0.45
        Of two boxes of a class whose intersection over union is greater, the less confident is left out, for
        ``"yolov5"`` and ``"yolov8"``. The others give each thing once.
    classes : collection of int or str, optional
        Numbers or names of the classes to keep; all if not given.
    class_agnostic : bool, default False
        Let boxes of different classes displace each other as well.
    max_detections : int, default 300
        The most confident that are kept of a frame.
    class_names, input_size, letterbox, scale, mean, std, colour, fill, resize_method, **options
        As for `OnnxNode`.

    Notes
    -----
    Each box is of its best class. Boxes are mapped back to the frame by the scales that its resizing had,
    across and down, and cut off at its border. Non-maximum suppression is OpenCV's.
    """

    _takes_sizes = True
    _task = "detect"

    def __init__(
        self,
        model: str | Path,
        layout: str = AUTO,
        *,
        confidence: float = 0.25,
        iou: float = 0.45,
        classes: Collection[int | str] | None = None,
        class_agnostic: bool = False,
        max_detections: int = 300,
        **options: Any,
    ) -> None:
        super().__init__(model, **options)
        self._layout = checked_layout(layout)
        self._finding = Finding(confidence, iou, classes, class_agnostic, max_detections)
        self._decoder: Any = None

    def opened(self, network: Network) -> None:
        """Find out the form of the outputs."""
        outputs = [output[0] for output in network.blank_outputs]
        given = Given(outputs, (network.width, network.height), 0, classes_named(self._names))
        layout = chosen_layout(self._layout, given, network.name, network.blank_outputs)
        self._decoder = self._finding.of_layout(layout, given, self._names, self)

    def process_batch(self, frames: list[Frame], ctx: Context) -> list[sv.Detections]:
        """Find things in frames; runs in the task's worker and blocks until the network has run.

        Parameters
        ----------
        frames : list of numpy.ndarray
            uint8, height × width × 3 (BGR), of any sizes.

        Returns
        -------
        list of supervision.Detections
            For each frame, the most confident first: ``xyxy`` float32, n × 4, pixels of the frame: left, top,
            right, bottom, the last two exclusive; ``confidence`` float32, n; ``class_id`` int, n;
            ``data["class_name"]`` if names are known.

        Raises
        ------
        TypeError, ValueError
            One of `frames` is no such array.
        """
        tensor, fits = self.tensor.of(self.checked(frames, ctx))
        outputs = self.network.run(tensor)
        return [
            self._detections(self._decoder([output[i] for output in outputs]), fit)
            for i, fit in enumerate(fits)
        ]

    def _detections(self, found: Candidates, fit: Fit) -> sv.Detections:
        found, xyxy = in_frame(found, fit)
        return detections_of(found, xyxy, self)
