"""Files of detections, read as a whole."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daskflow.core.lazy import missing_package

_MOT = "frame, id, left, top, width, height, confidence and more"
_FEWEST_FIELDS = 7
_FIELDS_WITH_CLASS = 9  # of ground truth since MOT16: a class and how much can be seen


@dataclass
class DetectionTable:
    """All detections of a file, a row each.

    Attributes
    ----------
    frames : list of int
        The number of the frame of each, from 1.
    boxes : list of tuples of four floats
        Left, top, right, bottom, in pixels.
    confidences : list of float
        NaN where it is not known.
    class_ids, tracker_ids : list of int
        -1 where it is not known.
    class_names : list of str
        Empty where it is not known.
    last : int
        The number of the last frame, also of one without detections.
    """

    frames: list[int] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    class_ids: list[int] = field(default_factory=list)
    tracker_ids: list[int] = field(default_factory=list)
    class_names: list[str] = field(default_factory=list)
    last: int = 0

    def add(
        self,
        frame: int,
        box: tuple[float, float, float, float],
        *,
        confidence: float = math.nan,
        class_id: int = -1,
        tracker_id: int = -1,
        class_name: str = "",
    ) -> None:
        """Add a row.

        Raises
        ------
        ValueError
            The frame's number is below 1, or an edge is no finite number.
        """
        if frame < 1:
            raise ValueError(f"frames are numbered from 1, got {frame}")
        if not all(map(math.isfinite, box)):
            raise ValueError(f"a box has four finite edges, got {box}")
        self.frames.append(frame)
        self.boxes.append(box)
        self.confidences.append(confidence)
        self.class_ids.append(class_id)
        self.tracker_ids.append(tracker_id)
        self.class_names.append(class_name)
        self.last = max(self.last, frame)


def read_table(path: str, format: str) -> DetectionTable:
    """Read a file of detections.

    Parameters
    ----------
    path : str
        The file.
    format : {"mot", "csv", "coco", "parquet"}
        How it is written.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        It cannot be opened.
    ValueError
        It is not in this format; the message says where, what was expected and what is there.
    ModuleNotFoundError
        Parquet without pyarrow.
    """
    readers: dict[str, Callable[[str], DetectionTable]] = {
        "mot": _read_mot,
        "csv": _read_csv,
        "coco": _read_coco,
        "parquet": _read_parquet,
    }
    return readers[format](path)


def _read_mot(path: str) -> DetectionTable:
    table = DetectionTable()
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            fields = line.split(",") if "," in line else line.split()
            if not fields or not line.strip():
                continue
            try:
                _add_mot(table, fields)
            except (ValueError, OverflowError) as error:
                shown = line.strip()[:80]
                raise ValueError(
                    f"{path}, line {number}: expected {_MOT}, as in the MOTChallenge; got {shown!r} ({error})"
                ) from None
    return table


def _add_mot(table: DetectionTable, fields: list[str]) -> None:
    if len(fields) < _FEWEST_FIELDS:
        raise ValueError(f"{len(fields)} fields")
    frame, tracker_id, left, top, width, height, confidence, *more = map(float, fields)
    is_class = more and (len(fields) == _FIELDS_WITH_CLASS or more[1:] == [-1.0, -1.0])
    table.add(
        _whole(frame),
        (left, top, left + width, top + height),
        confidence=confidence,
        class_id=_whole(more[0]) if is_class and more[0] >= 0 else -1,
        tracker_id=max(-1, _whole(tracker_id)),
    )


def _read_csv(path: str) -> DetectionTable:
    table = DetectionTable()
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictReader(file)
        missing = {"frame", "left", "top", "right", "bottom"} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(
                f"{path}, line 1: expected the names of columns, among them frame, left, top, right and "
                f"bottom; got none called {' or '.join(sorted(missing))}"
            )
        try:
            for row in rows:
                _add_row(table, row)
        except (ValueError, OverflowError, TypeError, csv.Error) as error:
            raise ValueError(f"{path}, line {rows.line_num}: expected a detection, got {error}") from None
    return table


def _read_parquet(path: str) -> DetectionTable:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise missing_package("DetectionsFileReader", "pyarrow") from error
    with open(path, "rb") as file:
        try:
            rows = pq.read_table(file).to_pylist()
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{path} is no Parquet file that can be read: {error}") from None
    table = DetectionTable()
    for number, row in enumerate(rows, 1):
        try:
            _add_row(table, row)
        except (KeyError, ValueError, OverflowError, TypeError) as error:
            raise ValueError(f"{path}, row {number}: expected a detection, got {error!r}") from None
    return table


def _add_row(table: DetectionTable, row: Mapping[str, Any]) -> None:
    known = {name: value for name, value in row.items() if value is not None and value != ""}

    def number(name: str) -> float:
        if name not in known:
            raise ValueError(f"a row without {name}")
        return float(known[name])

    table.add(
        _whole(number("frame")),
        (number("left"), number("top"), number("right"), number("bottom")),
        confidence=float(known.get("confidence", math.nan)),
        class_id=_whole(float(known.get("class_id", -1))),
        tracker_id=_whole(float(known.get("tracker_id", -1))),
        class_name=str(known.get("class_name", "")),
    )


def _read_coco(path: str) -> DetectionTable:
    table = DetectionTable()
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        try:
            content = json.load(file)
            images, found = list(content["images"]), list(content["annotations"])
            names = {c["id"]: str(c["name"]) for c in content.get("categories", ())}
            ids = sorted(image["id"] for image in images)
            positions = {number: i for i, number in enumerate(ids, 1)}
            frames = {image["id"]: int(image.get("frame", positions[image["id"]])) for image in images}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path}: expected COCO, an object with images, annotations and categories; got {error!r}"
            ) from None
    for annotation in found:
        try:
            left, top, width, height = map(float, annotation["bbox"])
            category = annotation.get("category_id", -1)
            table.add(
                frames[annotation["image_id"]],
                (left, top, left + width, top + height),
                confidence=float(annotation.get("score", math.nan)),
                class_id=int(category),
                tracker_id=int(annotation.get("track_id", -1)),
                class_name=names.get(category, ""),
            )
        except (ValueError, OverflowError, KeyError, TypeError) as error:
            shown = json.dumps(annotation)[:80]
            raise ValueError(f"{path}: expected an annotation, got {shown} ({error!r})") from None
    table.last = max([table.last, *frames.values()])
    return table


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value)
