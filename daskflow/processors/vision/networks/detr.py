"""Outputs of the DETR family, in pixels of the network's input. One box per query, of its best class.

``extra`` of the results is the number of the query, by which its mask is found. The functions are called like
those in `yolo`. Sources: Carion et al., "End-to-End Object Detection with Transformers", 2020; the exporters
of RT-DETR, of Hugging Face's ``transformers`` and of ``ultralytics``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.processors.vision.networks.candidates import Candidates, centred
from daskflow.processors.vision.networks.yolo import Arrays, Size


def with_softmax(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """Logits, queries × (classes + 1), of which the last is "nothing", and boxes from 0 to 1. DETR."""
    boxes, logits = _boxes_and_logits(outputs)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return _of_scores(boxes, (powers / powers.sum(axis=1, keepdims=True))[:, :-1], size, least)


def with_sigmoid(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """Logits, queries × classes, each for itself, and boxes from 0 to 1. RT-DETR, RF-DETR."""
    boxes, logits = _boxes_and_logits(outputs)
    return _of_scores(boxes, (1 + np.tanh(logits / 2)) / 2, size, least)  # the sigmoid, without overflow


def with_scores(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """Queries × (4 + classes): a box from 0 to 1 and finished scores. RT-DETR as Ultralytics exports it."""
    table = outputs[0].astype(np.float32, copy=False)
    return _of_scores(table[:, :4], table[:, 4:], size, least)


def finished(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """Class, box (left, top, right, bottom, in pixels) and confidence of each query. RT-DETR, D-FINE."""
    boxes, (classes, scores) = split_finished(outputs)
    kept = scores >= least
    return Candidates(boxes[kept], scores[kept], classes[kept].astype(int), np.argwhere(kept))


def split_finished(outputs: Arrays) -> tuple[NDArray[Any], tuple[NDArray[Any], NDArray[Any]]]:
    """Boxes, then classes and scores, the former being whole numbers, or else the first."""
    (boxes,) = (output for output in outputs if output.ndim == 2)
    one, other = (output for output in outputs if output.ndim == 1)
    return boxes, ((other, one) if other.dtype.kind in "iu" else (one, other))


def _boxes_and_logits(outputs: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """By their shapes; of two with four columns the boxes are nearer to 0 to 1."""
    one, other = (output.astype(np.float32, copy=False) for output in outputs)
    if one.shape[1] == other.shape[1]:
        is_first = _outside_unit(one) < _outside_unit(other)  # else logits first: DETR's own order
    else:
        is_first = one.shape[1] == 4
    return (one, other) if is_first else (other, one)


def _outside_unit(values: NDArray[Any]) -> float:
    return float(np.abs(values - values.clip(0, 1)).sum())


def _of_scores(boxes: NDArray[Any], scores: NDArray[Any], size: Size, least: float) -> Candidates:
    best = scores.argmax(axis=1)
    confidence = scores[np.arange(len(scores)), best]
    kept = confidence >= least
    xyxy = centred(boxes[kept]) * np.array([*size, *size], np.float32)
    return Candidates(xyxy, confidence[kept], best[kept], np.argwhere(kept))
