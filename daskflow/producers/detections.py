"""Files of detections as a source in step with the frames of a video."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.producers.arguments import checked_rate
from daskflow.producers.detection_tables import DetectionTable, read_table
from daskflow.scene.detection_files import detections_format


class DetectionsFileReader(ProducerNode):
    """Gives the detections of a file, frame by frame: published ones, or what `DetectionsFileWriter` wrote.

    The first message is what was found in frame 1, the second that of frame 2, and so on: empty detections
    for a frame without any. So a node with two parents gets a reader's frame, and what the file has of it.

    Parameters
    ----------
    path : str or os.PathLike
        The file. A relative path is taken from the directory in which the node is constructed. The rows need
        not be sorted.
    format : {"mot", "coco", "csv", "parquet"}, optional
        If not given, the extension says it: ``.txt``, ``.json``, ``.csv`` or ``.parquet``. ``mot`` are lines
        as in the MOTChallenge: frame, id, left, top, width, height, confidence, then a class as in MOT16 or
        three numbers as in MOT15, of which nothing is read.
    frames : int, optional
        How many frames to give, as many as the video has; if not given, up to the last that the file speaks
        of.
    min_confidence : float, optional
        Leave out what is less sure, and what has no confidence.
    class_id : int, optional
        The class of all detections, in place of what the file says.
    fps : float or Fraction, optional
        Frames per second of the video, for ``event_time``.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, on_error.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    With each message goes this metadata:

    ============== ======== ===================================================
    ``source``     str      absolute path of the file
    ``index``      int      of the frame, from 0: its number in the file less 1
    ``event_time`` float    ``index / fps``, in seconds; only with `fps`
    ``frame_rate`` Fraction `fps`; only with `fps`
    ============== ======== ===================================================

    Where a node joins them with frames, the metadata of its first parent come first.

    The whole file is read in `open`; the 4,500 detections of a public sequence take some ten milliseconds.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,
        *,
        frames: int | None = None,
        min_confidence: float | None = None,
        class_id: int | None = None,
        fps: float | Fraction | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._path = os.path.abspath(os.fspath(path))
        self._format = detections_format(path, format)
        if frames is not None and (isinstance(frames, bool) or not isinstance(frames, int)):
            raise TypeError(f"frames is a whole number, got {frames!r}")
        if frames is not None and frames < 0:
            raise ValueError(f"frames is not negative, got {frames}")
        if min_confidence is not None and not isinstance(min_confidence, int | float):
            raise TypeError(f"min_confidence is a number, got {min_confidence!r}")
        if class_id is not None and (isinstance(class_id, bool) or not isinstance(class_id, int)):
            raise TypeError(f"class_id is a whole number, got {class_id!r}")
        self._frames = frames
        self._min_confidence = None if min_confidence is None else float(min_confidence)
        self._class_id = class_id
        self._fps = None if fps is None else checked_rate(fps)
        self._next = 0
        self._columns: _Columns | None = None

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many frames there will be; None for a file that cannot be read.

        Without `frames` the file is read for it, at each call, in whichever process asks.
        """
        if self._frames is not None:
            return self._frames
        try:
            return read_table(self._path, self._format).last
        except (OSError, ValueError, ModuleNotFoundError):
            return None

    def open(self) -> None:
        """Read the file; runs in the producer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            It cannot be opened.
        ValueError
            It is not in its format; the message says where, what was expected and what is there.
        ModuleNotFoundError
            Parquet without pyarrow.
        """
        table = read_table(self._path, self._format)
        self._columns = _Columns(table, self._min_confidence, self._class_id)
        self._next = 0

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`.

        Parameters
        ----------
        sequence : int
            How many messages were given before.
        """
        self._next = sequence

    def next(self, ctx: Context) -> sv.Detections:
        """Give the detections of the next frame; runs in the producer's worker. Does not block.

        Returns
        -------
        supervision.Detections
            ``xyxy`` float32, n × 4, in pixels; n may be 0. ``confidence`` float32, ``class_id`` and
            ``tracker_id`` int, and ``data["class_name"]``, n each, if the file has them at all; an id that
            is not known is -1.

        Raises
        ------
        StopIteration
            There is no further frame.
        """
        if self._columns is None:
            raise RuntimeError(f"{self!r} is not open")
        if self._next >= (self._columns.last if self._frames is None else self._frames):
            raise StopIteration
        index, self._next = self._next, self._next + 1
        ctx.metadata.update(source=self._path, index=index)
        if self._fps is not None:
            ctx.metadata.update(event_time=float(index / self._fps), frame_rate=self._fps)
        return self._columns.of_frame(index + 1)

    def close(self) -> None:
        """Let go of what was read; runs in the producer's worker."""
        self._columns = None


class _Columns:
    """The rows of a table in the order of their frames."""

    def __init__(self, table: DetectionTable, min_confidence: float | None, class_id: int | None) -> None:
        frames = np.array(table.frames, np.int64)
        confidences = np.array(table.confidences, np.float32)
        order = np.argsort(frames, kind="stable")  # within a frame as in the file
        if min_confidence is not None:
            order = order[confidences[order] >= np.float32(min_confidence)]
        self.last = table.last
        self._frames = frames[order]
        self._boxes = np.array(table.boxes, np.float64).reshape(-1, 4).astype(np.float32)[order]
        self._confidences = None if np.isnan(confidences).all() else confidences[order]
        class_ids = np.array(table.class_ids, np.int64)[order]
        self._class_ids = class_ids if (np.array(table.class_ids) >= 0).any() else None
        if class_id is not None:
            self._class_ids = np.full(len(order), class_id)
        ids = np.array(table.tracker_ids, np.int64)
        self._tracker_ids = ids[order] if (ids >= 0).any() else None
        names = np.array(table.class_names, str)
        self._names = names[order] if any(table.class_names) and class_id is None else None

    def of_frame(self, number: int) -> sv.Detections:
        rows = slice(*np.searchsorted(self._frames, [number, number + 1]))
        return sv.Detections(
            xyxy=self._boxes[rows],
            confidence=None if self._confidences is None else self._confidences[rows],
            class_id=None if self._class_ids is None else self._class_ids[rows],
            tracker_id=None if self._tracker_ids is None else self._tracker_ids[rows],
            data={} if self._names is None else {"class_name": self._names[rows]},
        )
