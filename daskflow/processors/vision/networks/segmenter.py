"""Which pixels belong to what, found by a user's network."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.fitting import Fit
from daskflow.processors.vision.networks.candidates import Candidates
from daskflow.processors.vision.networks.choosing import AUTO, checked_layout, chosen_layout
from daskflow.processors.vision.networks.class_names import classes_named
from daskflow.processors.vision.networks.finding import Finding, in_frame
from daskflow.processors.vision.networks.layouts import QUERY_LAYOUTS, YOLO_LAYOUTS, Given
from daskflow.processors.vision.networks.masks import mixed, write_class_map, write_masks
from daskflow.processors.vision.networks.network import Network, shapes_of
from daskflow.processors.vision.networks.node import OnnxNode, detections_of

INSTANCE, SEMANTIC = "instance", "semantic"
_MOST_OF_BYTES = 256


class OnnxSegmenter(OnnxNode):
    """Finds things and their outlines, or the class of each pixel, with a network from an ONNX file.

    Parameters
    ----------
    model : str or Path
        The ``.onnx`` file.
    mode : {"instance", "semantic"}, default "instance"
        ``"instance"`` is for YOLO's segmenters, that give a table of boxes with coefficients, and prototypes,
        batch × k × rows × columns; and for RF-DETR's, with boxes, logits, and a map for each query. The
        result are detections with a mask each. ``"semantic"`` is for networks that
        give batch × classes × rows × columns, or classes as integers, batch × rows × columns or batch × 1 ×
        rows × columns; of several such outputs, as torchvision's, the first. The result is a picture of class
        numbers.
    layout : str, default "auto"
        Of the boxes, with ``"instance"``: ``"yolov8"``, ``"yolov5"`` or ``"yolo-end2end"``, as for
        `OnnxDetector`, each with the coefficients behind the classes; ``"detr-sigmoid"`` or ``"detr"``.
    confidence, iou, classes, class_agnostic, max_detections
        As for `OnnxDetector`; of no use with ``"semantic"``.
    threshold : float, default 0.5
        With ``"semantic"`` and a network of one map: above it a pixel is of class 1, else 0. Of a map of
        logits it is 0.
    class_names, input_size, letterbox, scale, mean, std, colour, fill, resize_method, **options
        As for `OnnxNode`.

    Raises
    ------
    TypeError, ValueError
        There is no such `mode` or `layout`, or another argument is of another type or out of its range.
    """

    _task = "segment"

    def __init__(
        self,
        model: str | Path,
        mode: str = INSTANCE,
        layout: str = AUTO,
        *,
        confidence: float = 0.25,
        iou: float = 0.45,
        classes: Collection[int | str] | None = None,
        class_agnostic: bool = False,
        max_detections: int = 300,
        threshold: float = 0.5,
        **options: Any,
    ) -> None:
        super().__init__(model, **options)
        if mode not in (INSTANCE, SEMANTIC):
            raise ValueError(f"mode is {INSTANCE!r} or {SEMANTIC!r}, got {mode!r}")
        self._mode = mode
        self._layout = checked_layout(layout, (*YOLO_LAYOUTS, *QUERY_LAYOUTS))
        self._finding = Finding(confidence, iou, classes, class_agnostic, max_detections)
        self._threshold = float(threshold)
        self._decoder: Any = None
        self._boxes: list[int] = []  # which outputs say what there is
        self._maps = 0  # and which where
        self._per_query = False

    def opened(self, network: Network) -> None:
        """Find out the form of the outputs."""
        outputs = [output[0] for output in network.blank_outputs]
        ranks = [output.ndim for output in outputs]
        if self._mode == SEMANTIC:
            if set(ranks) != {3} and not (ranks == [2] and outputs[0].dtype.kind in "iu"):
                raise ValueError(
                    f"{network.name}: expected batch × classes × rows × columns, or integers of batch × "
                    f"rows × columns; got {shapes_of(network.blank_outputs)}"
                )
            return
        if sorted(ranks) not in ([2, 3], [2, 2, 3]):
            raise ValueError(
                f"{network.name}: expected a table of boxes and prototypes, batch × k × rows × columns, or "
                f"boxes, logits and maps, batch × queries × rows × columns; got "
                f"{shapes_of(network.blank_outputs)}; for a map of classes say mode={SEMANTIC!r}"
            )
        self._maps = ranks.index(3)
        self._boxes = [i for i in range(len(ranks)) if i != self._maps]
        self._per_query = len(self._boxes) > 1
        size, names = (network.width, network.height), classes_named(self._names)
        given = Given([outputs[i] for i in self._boxes], size, len(outputs[self._maps]), names)
        known = QUERY_LAYOUTS if self._per_query else YOLO_LAYOUTS
        layout = chosen_layout(self._layout, given, network.name, network.blank_outputs, known)
        self._decoder = self._finding.of_layout(layout, given, self._names, self)

    def process_batch(self, frames: list[Frame], ctx: Context) -> list[Any]:
        """Find outlines or classes in frames; runs in the task's worker and blocks until the network has run.

        Parameters
        ----------
        frames : list of numpy.ndarray
            uint8, height × width × 3 (BGR), of any sizes.

        Returns
        -------
        list of supervision.Detections, or list of numpy.ndarray
            For each frame with ``"instance"`` what `OnnxDetector` gives, and ``mask``, bool, n × height ×
            width of the frame. With ``"semantic"`` the number of each pixel's class, height × width of the
            frame: uint8, or int32 where there are more than 256 classes or the network gives integers of more
            than one byte.

        Raises
        ------
        TypeError, ValueError
            One of `frames` is no such array.
        """
        tensor, fits = self.tensor.of(self.checked(frames, ctx))
        outputs = self.network.run(tensor)
        if self._mode == SEMANTIC:
            return [self._class_map(outputs[0][i], fit, ctx) for i, fit in enumerate(fits)]
        results = []
        for i, fit in enumerate(fits):
            found = self._decoder([outputs[j][i] for j in self._boxes])
            results.append(self._detections(found, outputs[self._maps][i], fit, ctx))
        return results

    def _detections(self, found: Candidates, maps: NDArray[Any], fit: Fit, ctx: Context) -> sv.Detections:
        found, xyxy = in_frame(found, fit)
        detections = detections_of(found, xyxy, self)
        masks = ctx.empty((len(xyxy), fit.frame_height, fit.frame_width), bool)
        masks[...] = False
        if self._per_query:
            maps = maps[found.extra[:, 0]].astype(np.float32, copy=False)
        else:
            maps = mixed(found.extra, maps)
        write_masks(maps, xyxy, fit, (self.network.width, self.network.height), masks)
        detections.mask = masks
        return detections

    def _class_map(self, output: NDArray[Any], fit: Fit, ctx: Context) -> NDArray[Any]:
        if output.dtype.kind in "iu" and len(output) == 1 and output.ndim == 3:
            output = output[0]  # classes, not a map of one
        if output.ndim == 2:
            dtype: Any = np.uint8 if output.dtype.itemsize == 1 else np.int32
            classes = output
        elif len(output) == 1:
            dtype, classes = np.uint8, output[0] > self._threshold
        else:
            dtype = np.uint8 if len(output) <= _MOST_OF_BYTES else np.int32
            classes = output.argmax(axis=0)
        out = ctx.empty((fit.frame_height, fit.frame_width), dtype)
        write_class_map(classes.astype(dtype), fit, (self.network.width, self.network.height), out)
        return out
