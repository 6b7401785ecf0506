"""The formats of files of detections, which are written here and read there."""

from __future__ import annotations

import os

_BY_EXTENSION = {".txt": "mot", ".json": "coco", ".csv": "csv", ".parquet": "parquet"}


def detections_format(path: str | os.PathLike[str], format: str | None) -> str:
    """How the detections in a file are written: ``mot``, ``coco``, ``csv`` or ``parquet``.

    Parameters
    ----------
    path : str or os.PathLike
        The file, whose extension says it, unless `format` does.
    format : str or None
        One of them.

    Raises
    ------
    ValueError
        It is none of them, or the extension does not say it.
    """
    formats = _BY_EXTENSION.values()
    if format is None:
        extension = os.path.splitext(os.fspath(path))[1].lower()
        if extension not in _BY_EXTENSION:
            raise ValueError(
                f"a file of detections ends in {', '.join(_BY_EXTENSION)}, got {os.fspath(path)!r}: "
                f"or say with format= which it is, {', '.join(formats)}"
            )
        return _BY_EXTENSION[extension]
    if format not in formats:
        raise ValueError(f"format is one of {', '.join(formats)}, got {format!r}")
    return format
