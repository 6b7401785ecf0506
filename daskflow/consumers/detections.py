"""Detections and tracks as a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any, cast

import numpy as np
import supervision as sv

from daskflow.consumers.coco import CocoFile
from daskflow.consumers.detection_rows import (
    CsvFile,
    DetectionsFile,
    FrameRecords,
    MotFile,
    ResumableDetectionsFile,
)
from daskflow.consumers.target import absolute_target, check_target
from daskflow.core.context import Context
from daskflow.core.lazy import missing_package
from daskflow.core.node import ConsumerNode
from daskflow.core.secrets import masked
from daskflow.scene.detection_files import detections_format
from daskflow.scene.detections import checked_detections
from daskflow.scene.records import detection_records

_NUMBERS = ("index", "sequence")


class DetectionsFileWriter(ConsumerNode):
    """Writes the detections or tracks of each frame to a file.

    ============ ============ ================================================================================
    ``mot``      ``.txt``     as in the MOTChallenge, a line for each detection: frame, id, left, top, width,
                              height, confidence, class, -1, -1. An id or class that is not known is -1, a
                              confidence 1
    ``csv``      ``.csv``     a row for each detection: frame, time_s, source, tracker_id, class_id,
                              class_name, confidence, left, top, right, bottom. What is not known is empty
    ``parquet``  ``.parquet`` the same columns, by pyarrow: ``pip install 'daskflow[tables]'``
    ``coco``     ``.json``    COCO: ``images``, one for each frame, ``annotations`` with ``bbox`` (left,
                              top, width, height), ``area``, ``score``, ``track_id``, and ``categories``
    ============ ============ ================================================================================

    Parameters
    ----------
    path : str or os.PathLike
        The file, in a folder that exists; a file of that name is replaced. A relative path is taken from the
        directory in which the node is constructed.
    format : {"mot", "coco", "csv", "parquet"}, optional
        If not given, the extension says it.
    numbers : {"index", "sequence"}, default "index"
        Where the number of a frame comes from. ``"index"``: one more than ``index`` of its metadata, its
        position in a file, or where it has none as ``"sequence"``: one more than its sequence number. So the
        first frame is 1. Several files one after the other need ``"sequence"``.
    frame_size : tuple of two ints, optional
        Width and height of the frames in pixels, for the images of COCO.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, snapshot_every.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or none of its choices, or `frame_size` is given for a format that has
        no images.

    Notes
    -----
    Edges are written with the digits that their float32 needs, and width and height with those that give the
    right and lower edge again: ``float32(left + width)``, summed in float64, is the float32 that was written,
    to the last bit, if it is 0 or its amount at least 2^-12, and all edges are below 2^17 pixels. Masks are
    not written.

    While the flow runs the file is called ``<name>.part``; COCO has a ``<name>.images.part`` beside it.
    `close` completes and renames it, also when the flow is stopped or fails. Memory does not grow with the
    stream. Without a message there is no file, and one that was there stays.

    Where the writer's process is killed another goes on at its last snapshot: no line is torn, missing or
    there twice. An unfinished Parquet file cannot be taken up again: there the loss fails the run, and what
    is left is a ``.part`` that cannot be read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,
        *,
        numbers: str = "index",
        frame_size: tuple[int, int] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._path = absolute_target(path)
        self._format = detections_format(path, format)
        if numbers not in _NUMBERS:
            raise ValueError(f"numbers is one of {', '.join(_NUMBERS)}, got {numbers!r}")
        self._frame_size = None if frame_size is None else _checked_size(frame_size)
        if self._frame_size is not None and self._format != "coco":
            raise ValueError(f"frame_size is for the images of format 'coco'; {self._format!r} has none")
        if self._format == "parquet" and find_spec("pyarrow") is None:
            raise missing_package(type(self).__name__, "pyarrow")
        self.resumable = self.keeps_snapshots
        self._numbers = numbers
        self._begin: Callable[[], DetectionsFile] | None = None
        self._file: DetectionsFile | None = None

    @property
    def keeps_snapshots(self) -> bool:
        """Whether another process can go on with the file: of all formats but Parquet."""
        return self._format != "parquet"

    def open(self) -> None:
        """Check that the file can be written; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            It cannot; the message says why.
        """
        check_target(self._path, replaces=True)
        if self._format == "parquet":
            from daskflow.consumers.parquet import ParquetFile  # pyarrow, which the others do not need

            self._begin = partial(ParquetFile, self._path)
        elif self._format == "coco":
            self._begin = partial(CocoFile, self._path, self._frame_size)
        else:
            self._begin = partial(MotFile if self._format == "mot" else CsvFile, self._path)

    def consume(self, detections: sv.Detections, ctx: Context) -> None:
        """Write the detections of a frame; runs in the consumer's worker.

        Parameters
        ----------
        detections : supervision.Detections
            ``xyxy`` in pixels, float32, n × 4; n may be 0.
        ctx : Context
            Its metadata say which frame it is.

        Raises
        ------
        TypeError
            They are something else.
        ValueError
            An edge is no finite number.
        OSError
            The file cannot be written, as on a full disk.
        """
        detections = checked_detections(detections, self)
        if not np.isfinite(detections.xyxy).all():
            raise ValueError(
                f"{self!r} writes boxes; got an edge that is no finite number: {detections.xyxy}"
            )
        metadata = ctx.metadata
        source = metadata.get("source")
        self._begun().write(
            FrameRecords(
                number=self._number(ctx),
                time_s=metadata.get("event_time"),
                source=None if source is None else masked(str(source)),
                detections=detection_records(detections),
            )
        )

    def snapshot(self) -> Any:
        """How far the file is; hands it to the operating system so far."""
        return cast(ResumableDetectionsFile, self._begun()).mark()

    def restore(self, state: Any) -> None:
        """Go on where `snapshot` said; what a killed process wrote after that is taken back."""
        cast(ResumableDetectionsFile, self._begun()).resume(state)

    def close(self) -> None:
        """Complete the file with what came; runs in the consumer's worker."""
        file, self._file, self._begin = self._file, None, None
        if file is not None:
            file.finish()

    def _begun(self) -> DetectionsFile:
        """The file, begun by the first message, so that a run that fails before it leaves an older one."""
        if self._begin is None:
            raise RuntimeError(f"{self!r} is not open")
        if self._file is None:
            self._file = self._begin()
        return self._file

    def _number(self, ctx: Context) -> int:
        index = ctx.metadata.get("index") if self._numbers == "index" else None
        return int((ctx.sequence_number or 0) if index is None else index) + 1


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    try:
        width, height = (int(value) for value in size)
    except (TypeError, ValueError):
        width = height = 0
    if width < 1 or height < 1:
        raise ValueError(f"frame_size is width and height in pixels, got {size!r}")
    return width, height
