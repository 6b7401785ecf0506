"""A small JPEG of a picture, with boxes around what was found in it: for who looks at a running flow."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from daskflow.core.device import is_on_device, on_host
from daskflow.core.frame import Frame

if TYPE_CHECKING:
    import supervision as sv

LONGEST_SIDE = 480
"""Of the small picture, in pixels."""

QUALITY = 80
"""Of JPEG: 10 to 40 kB for most scenes of this size."""

MOST_BOXES = 100
"""Drawn at most: more could not be told apart, and would take their time."""


LINES = 2
"""Pixels that they are wide: JPEG has colours at half the resolution, and would wash out thinner ones."""

_TINY = 100  # pixels


class Thumbnail(NamedTuple):
    """A small picture.

    Attributes
    ----------
    jpeg : bytes
        The picture.
    width, height : int
        Of it, in pixels.
    """

    jpeg: bytes
    width: int
    height: int


def thumbnail(picture: Any, others: Iterable[Any] = ()) -> Thumbnail:
    """Make a small JPEG; takes about a millisecond of the calling thread, whatever the picture's size.

    Of a large picture only those pixels are read that the small one shows; of one on a GPU about as many are
    copied to main memory.

    Parameters
    ----------
    picture : numpy.ndarray or cupy.ndarray
        What `daskflow.core.frame.is_picture` says yes to. It is not changed. A mask is black and white.
    others : iterable
        What came with it: boxes are drawn for each `supervision.Detections` in it, in pixels of `picture`,
        with class names and numbers of tracks where they are known. All else is ignored.

    Returns
    -------
    Thumbnail
        At most `LONGEST_SIDE` pixels wide and high, and never larger than the picture.
    """
    height, width = picture.shape[:2]
    longest = max(height, width)
    if is_on_device(picture) or not picture.flags.c_contiguous:
        step = max(1, longest // (2 * LONGEST_SIDE))
        picture = np.ascontiguousarray(on_host(picture[::step, ::step], np.empty))
    scale = min(1.0, LONGEST_SIDE / longest)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # A copy, also where the size stays. INTER_AREA would read all pixels, and take several times as long.
    small = cv2.resize(picture.view(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    if picture.dtype == np.bool_:
        small = small * np.uint8(255)
    kind = _kind_of_detections()
    for detections in others:
        if kind is not None and isinstance(detections, kind) and len(detections):
            small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR) if small.ndim == 2 else small
            _draw(small, detections, size[0] / width, size[1] / height)
    _, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return Thumbnail(jpeg.tobytes(), *size)


def warm_up() -> None:
    """Have all loaded that `thumbnail` needs, which would take tens of milliseconds of its first call."""
    kind = _kind_of_detections()
    others = [] if kind is None else [kind(xyxy=np.array([[8.0, 8.0, 56.0, 56.0]]), tracker_id=np.array([1]))]
    thumbnail(np.zeros((64, 64, 3), np.uint8), others)


def _kind_of_detections() -> type[sv.Detections] | None:
    """The class, without importing supervision for it: who has detections has done that."""
    return getattr(sys.modules.get("supervision"), "Detections", None)


def _draw(canvas: Frame, detections: sv.Detections, across: float, down: float) -> None:
    import supervision as sv

    from daskflow.processors.vision.annotators.labels import CLASS, TRACK, draw_labels, label_texts
    from daskflow.processors.vision.annotators.measures import colours_of, in_picture

    names = detections.data.get("class_name")
    few = slice(MOST_BOXES)
    small = sv.Detections(  # without masks, which are as large as the picture
        xyxy=np.asarray(detections.xyxy)[few] * (across, down, across, down),
        class_id=None if detections.class_id is None else detections.class_id[few],
        tracker_id=None if detections.tracker_id is None else detections.tracker_id[few],
        data={} if names is None else {"class_name": np.asarray(names)[few]},
    )
    small = in_picture(small, canvas)
    boxes = sv.BoxAnnotator(thickness=LINES if min(canvas.shape[:2]) > _TINY else 1)
    boxes.annotate(canvas, small, custom_color_lookup=colours_of(small))
    known = (TRACK,) if names is None else (CLASS, TRACK)  # a class without a name would be a mere number
    draw_labels(canvas, small, label_texts(small, known), None)
