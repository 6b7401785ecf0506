"""What a detector found in a picture, as supervision has it."""

from __future__ import annotations

from typing import Any

import supervision as sv


def checked_detections(value: Any, reader: object, *, tracked: bool = False) -> sv.Detections:
    """Return `value`, known to be detections.

    Parameters
    ----------
    value : object
        What came from a parent.
    reader : object
        The node that got it, for the message.
    tracked : bool, default False
        Whether each must have a ``tracker_id``.

    Returns
    -------
    supervision.Detections
        `value` itself: ``xyxy`` float32, n × 4, left, top, right, bottom in pixels of the frame;
        ``confidence`` float32, ``class_id`` and ``tracker_id`` int, n each or None; ``mask`` bool,
        n × height × width, or None; ``data["class_name"]``, n strings, if the names are known.

    Raises
    ------
    TypeError
        `value` is no `supervision.Detections`.
    ValueError
        They are not tracked, and must be.
    """
    if not isinstance(value, sv.Detections):
        raise TypeError(
            f"{reader!r} takes supervision.Detections; got {type(value).__name__}: "
            "check the order of its parents"
        )
    if tracked and len(value) and value.tracker_id is None:
        raise ValueError(f"{reader!r} takes tracked detections, with a tracker_id: put a Tracker before it")
    return value


def class_names(detections: sv.Detections) -> list[str]:
    """Of each detection the name of its class, or else its number as a string, or else ``"object"``.

    Parameters
    ----------
    detections : supervision.Detections
        Their names are those in ``data["class_name"]``.

    Returns
    -------
    list of str
        One for each.
    """
    names = detections.data.get("class_name")
    if names is not None:
        return [str(name) for name in names]
    if detections.class_id is not None:
        return [str(number) for number in detections.class_id]
    return ["object"] * len(detections)
