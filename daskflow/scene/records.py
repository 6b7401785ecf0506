"""What nodes say, as JSON has it: numbers, strings, lists and objects with names."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from os import PathLike, fspath
from typing import Any

import numpy as np

MOST_ELEMENTS = 10_000
"""An array of more is a picture or a mask, which JSON would make some four times as large."""

_DEEPEST = 64


def record_of(value: Any) -> Any:
    """The value as the `json` module writes it: dicts, lists, strings, numbers, True, False and None.

    Parameters
    ----------
    value : object
        Numbers and strings, also NumPy's; lists and tuples; arrays of at most 10,000 elements; mappings;
        dataclasses, such as `Event` and `LineCount`, and named tuples, as objects; enumerations by their
        value; dates and paths as strings; fractions as floats; `supervision.Detections` as
        `detection_records` and `supervision.KeyPoints` as `keypoint_records` say.

    Returns
    -------
    object
        Float32 numbers are those with the fewest digits that stand for them: 0.1 and not
        0.10000000149011612. NaN and the infinities, which JSON does not know, are None.

    Raises
    ------
    TypeError
        The value, or a part of it, has no such form, or is an array as large as a picture.
    ValueError
        It contains itself, or is nested more than 64 deep.
    """
    return _record(value, 0)


def json_bytes(value: Any) -> bytes:
    """`record_of` a value, as JSON in one line of UTF-8; what it raises, this raises too."""
    return encoded(record_of(value))


def encoded(record: Any) -> bytes:
    """What `record_of` gave, as JSON in one line of UTF-8.

    Half a surrogate pair, as in names of files, becomes an escape of JSON.
    """
    return json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


def detection_records(detections: Any) -> list[dict[str, Any]]:
    """One object for each detection.

    Parameters
    ----------
    detections : supervision.Detections
        Masks are left out.

    Returns
    -------
    list of dict
        ``box`` (left, top, right, bottom in pixels), ``confidence``, ``class_id``, ``class_name`` and
        ``tracker_id``; None where it is not known.
    """
    boxes = _plain_list(detections.xyxy, most=None)
    names = detections.data.get("class_name")
    columns = [detections.confidence, detections.class_id, names, detections.tracker_id]
    return _objects("box", boxes, columns)


def keypoint_records(keypoints: Any) -> list[dict[str, Any]]:
    """One object for each body of `supervision.KeyPoints`.

    Returns
    -------
    list of dict
        ``points`` (x and y in pixels of each point), ``confidence`` (of each point), ``class_id``,
        ``class_name`` and ``tracker_id``; None where it is not known.
    """
    # A later supervision has one more confidence, that of the body, and calls that of the points so.
    confidence = getattr(keypoints, "keypoint_confidence", None)
    data = keypoints.data
    columns = [confidence, keypoints.class_id, data.get("class_name"), data.get("tracker_id")]
    points = _plain_list(keypoints.xy, most=None)
    return _objects("points", points, columns)


def _objects(place: str, places: list[Any], columns: list[Any]) -> list[dict[str, Any]]:
    """An object for each place, with what the columns say of it; None where one is None."""
    none = [None] * len(places)
    lists = [none if column is None else _plain_list(column, most=None) for column in columns]
    keys = (place, "confidence", "class_id", "class_name", "tracker_id")
    return [dict(zip(keys, row, strict=True)) for row in zip(places, *lists, strict=True)]


def _record(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"a value nested more than {_DEEPEST} deep, or inside itself, has no JSON form")
    if isinstance(value, Enum):
        return _record(value.value, depth + 1)
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, np.str_) else value
    if isinstance(value, float | int | Fraction | np.integer | np.floating):
        return _number(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Mapping):
        return {_key(key): _record(part, depth + 1) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _record(getattr(value, name), depth + 1) for name in value._fields}
    if isinstance(value, list | tuple):
        return [_record(part, depth + 1) for part in value]
    if isinstance(value, np.ndarray):
        return _plain_list(value, depth + 1)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PathLike):
        return str(fspath(value))
    return _object(value, depth)


def _object(value: Any, depth: int) -> Any:
    supervision = sys.modules.get("supervision")  # where it is not loaded, the value is none of its
    if supervision is not None:
        if isinstance(value, supervision.Detections):
            return detection_records(value)
        if isinstance(value, supervision.KeyPoints):
            return keypoint_records(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _record(getattr(value, field.name), depth + 1) for field in fields(value)}
    raise TypeError(
        f"a {type(value).__name__} has no JSON form: make it numbers, strings, lists, dicts or a dataclass"
    )


def _number(value: Any) -> int | float | None:
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, np.floating) and value.dtype.itemsize < np.dtype(np.float64).itemsize:
        value = str(value)  # the fewest digits that stand for it
    number = float(value)
    return number if math.isfinite(number) else None


def _plain_list(array: Any, depth: int = 0, most: int | None = MOST_ELEMENTS) -> Any:
    """The elements of an array, in nested lists; those of float32 with the fewest digits."""
    array = np.asarray(array)
    if most is not None and array.size > most:
        raise TypeError(
            f"an array of shape {array.shape} and dtype {array.dtype} is too large for JSON: "
            "write frames with VideofileWriter, and of other arrays the numbers that matter"
        )
    if array.dtype.kind not in "biufUOM":
        raise TypeError(f"an array of dtype {array.dtype} has no JSON form: turn it into numbers or strings")
    if array.dtype.kind == "M":
        array = array.astype(str)
    if array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize:
        array = array.astype(str).astype(np.float64)
    is_plain = array.dtype.kind in "biuU" or (array.dtype == np.float64 and np.isfinite(array).all())
    return array.tolist() if is_plain else _record(array.tolist(), depth)


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, np.generic):
        key = key.item()
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, int | float):
        return json.dumps(key)  # true, null and 1, as the module itself writes such a name
    raise TypeError(f"the names in a JSON object are strings; a {type(key).__name__} is none")
