"""Detections as a Parquet file, by Apache Arrow."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from daskflow.consumers.detection_rows import COLUMNS, FrameRecords, rows

_ROWS_PER_GROUP = 50_000
"""Some 4 MB in the file, and the most that waits in memory."""

_TYPES = {
    "frame": pa.int64(),
    "time_s": pa.float64(),
    "source": pa.dictionary(pa.int32(), pa.string()),
    "tracker_id": pa.int64(),
    "class_id": pa.int64(),
    "class_name": pa.dictionary(pa.int32(), pa.string()),
}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.float32())) for name in COLUMNS])


class ParquetFile:
    """A row for each detection; what is not known is null.

    Such a file ends with an index that is in the memory of its writer until then, so that another process
    cannot go on with it.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    rows_per_group : int
        How many rows are kept in memory until they are written as a row group.
    """

    def __init__(self, path: str, rows_per_group: int = _ROWS_PER_GROUP) -> None:
        self._path = path
        self._part = f"{path}.part"
        self._rows_per_group = rows_per_group
        self._waiting: list[tuple[Any, ...]] = []
        self._failure = ""
        self._writer = pq.ParquetWriter(self._part, _SCHEMA)

    def write(self, frame: FrameRecords) -> None:
        """Add a row for each detection of a frame; after a failure no more."""
        self._check()
        self._waiting += rows(frame)
        if len(self._waiting) >= self._rows_per_group:
            self._write_group()

    def finish(self) -> None:
        """Complete the file and give it its name; of one that cannot be completed nothing is left."""
        try:
            try:
                self._check()
                if self._waiting:
                    self._write_group()
            finally:
                self._writer.close()
            os.replace(self._part, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(self._part)
            raise

    def _check(self) -> None:
        if self._failure:
            raise OSError(f"{self._path} cannot be completed: rows could not be written: {self._failure}")

    def _write_group(self) -> None:
        columns = zip(*self._waiting, strict=True)
        try:
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, _SCHEMA, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))
        except Exception as error:
            self._failure = str(error) or type(error).__name__  # part of them may be in the file
            raise
        finally:
            self._waiting.clear()
