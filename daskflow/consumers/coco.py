"""Detections as COCO has them: one JSON object with images, annotations and categories."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from daskflow.consumers.detection_rows import FrameRecords, extent_text
from daskflow.consumers.resumable import Mark, ResumableFile
from daskflow.scene.records import encoded

_CHUNK_BYTES = 1 << 20


class CocoFile:
    """Writes annotations as they come, and images to a file of their own, which is added at the end.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    frame_size : tuple of two ints, optional
        Width and height of the frames, in pixels.
    """

    def __init__(self, path: str, frame_size: tuple[int, int] | None = None) -> None:
        self._images_path = f"{path}.images.part"
        self._annotations = ResumableFile(f"{path}.part", final=path, head=b'{"annotations": [')
        self._images = ResumableFile(self._images_path)
        self._size = {} if frame_size is None else {"width": frame_size[0], "height": frame_size[1]}
        self._nb_images = self._nb_annotations = 0
        self._categories: dict[int, str] = {}

    def write(self, frame: FrameRecords) -> None:
        """Add an image, and its annotations."""
        image: dict[str, Any] = {
            "id": self._nb_images + 1,
            "file_name": f"{frame.number:06}.jpg",
            "frame": frame.number,
            **self._size,
        }
        if frame.time_s is not None:
            image["time_s"] = frame.time_s
        if frame.source is not None:
            image["source"] = frame.source
        categories = dict(self._categories)
        annotations = [
            _annotation(self._nb_annotations + 1 + i, image["id"], found, categories)
            for i, found in enumerate(frame.detections)
        ]
        image_text = _joined([image], self._nb_images)
        self._annotations.write(_joined(annotations, self._nb_annotations))
        self._images.write(image_text)
        self._nb_images += 1
        self._nb_annotations += len(annotations)
        self._categories = categories

    def mark(self) -> tuple[Mark, Mark, int, int, dict[int, str]]:
        """What `resume` needs: places, numbers and categories."""
        counts = self._nb_images, self._nb_annotations
        return self._annotations.mark(), self._images.mark(), *counts, dict(self._categories)

    def resume(self, mark: tuple[Mark, Mark, int, int, dict[int, str]]) -> None:
        """Go on there."""
        annotations, images, self._nb_images, self._nb_annotations, self._categories = mark
        self._annotations.resume(annotations)
        if self._annotations.complete is None:
            self._images.resume(images)
        else:
            self._images.complete = images

    def finish(self) -> None:
        """Add images and categories, and give the file its name."""
        if self._annotations.complete is None:
            self._images.flush()
            self._annotations.write(b'\n],\n"images": [')
            with open(self._images_path, "rb") as images:
                while chunk := images.read(_CHUNK_BYTES):
                    self._annotations.write(chunk)
            categories = [{"id": number, "name": name} for number, name in sorted(self._categories.items())]
            self._annotations.write(b'\n],\n"categories": ' + encoded(categories) + b"}\n")
            self._annotations.finish()
            self._images.finish()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._images_path)


def _joined(records: list[dict[str, Any]], earlier: int) -> bytes:
    pieces = [b"\n" + encoded(record) for record in records]
    return (b"," if earlier and pieces else b"") + b",".join(pieces)


def _annotation(number: int, image: int, found: dict[str, Any], categories: dict[int, str]) -> dict[str, Any]:
    left, top, right, bottom = found["box"]
    width, height = float(extent_text(left, right)), float(extent_text(top, bottom))
    annotation = {
        "id": number,
        "image_id": image,
        "category_id": _category(found, categories),
        "bbox": [left, top, width, height],
        "area": width * height,
        "iscrowd": 0,
    }
    if found["confidence"] is not None:
        annotation["score"] = found["confidence"]
    if found["tracker_id"] is not None:
        annotation["track_id"] = found["tracker_id"]
    return annotation


def _category(found: dict[str, Any], categories: dict[int, str]) -> int:
    """The number of a detection's category, which is its ``class_id``; one with a name alone gets one."""
    class_id, name = found["class_id"], found["class_name"]
    if class_id is None:
        name = name or "object"
        known = [number for number, other in categories.items() if other == name]
        class_id = known[0] if known else max(categories, default=-1) + 1
    categories.setdefault(class_id, str(class_id) if name is None else name)
    return int(class_id)
