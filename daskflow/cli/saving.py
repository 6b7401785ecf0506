"""The arrays of a letter's inputs as files that a person can open."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.cli.complaints import UsageProblem
from daskflow.cli.letters import refusing
from daskflow.deadletters import DeadLetter, DeadLetterFolder
from daskflow.deadletters.naming import file_name


def save_arrays(path: Path, letter: DeadLetter, target: Path) -> list[Path]:
    """Write the arrays of a letter's inputs: pictures as PNG, all others in NumPy's own format.

    Arrays in lists, tuples, dicts and dataclasses are found too.

    Parameters
    ----------
    path : pathlib.Path
        Folder of the letter.
    letter : DeadLetter
        Whose inputs.
    target : pathlib.Path
        Folder for the files; made if it is missing. Files of the same names are replaced.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    UsageProblem
        The inputs cannot be read or have no arrays, or the folder cannot be written.
    """
    with refusing():
        inputs = DeadLetterFolder(path).inputs(letter)
    arrays = {
        f"{file_name(letter.node)}-{letter.number}-input{place}": array
        for i, (value, _) in enumerate(inputs)
        for place, array in _arrays_in(value, str(i))
    }
    if not arrays:
        raise UsageProblem(f"the inputs of {letter.id} have no arrays to save")
    try:
        target.mkdir(parents=True, exist_ok=True)
        return [_written(target / name, array) for name, array in arrays.items()]
    except OSError as error:
        raise UsageProblem(f"{target} cannot be written: {error.strerror or error}") from error


def _arrays_in(value: Any, place: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, np.ndarray):
        if not value.dtype.hasobject:
            yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _arrays_in(item, f"{place}-{file_name(str(key))}")
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _arrays_in(item, f"{place}-{i}")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _arrays_in(getattr(value, field.name, None), f"{place}-{field.name}")


def _written(path: Path, array: NDArray[Any]) -> Path:
    if _is_picture(array):
        path = path.with_name(f"{path.name}.png")
        path.write_bytes(png(array))
    else:
        path = path.with_name(f"{path.name}.npy")
        np.save(path, array, allow_pickle=False)
    return path


def _is_picture(array: NDArray[Any]) -> bool:
    in_colour = array.ndim == 3 and array.shape[2] == 3
    return array.dtype == np.uint8 and (in_colour or array.ndim == 2) and array.size > 0


def png(frame: NDArray[Any]) -> bytes:
    """A frame, in the order blue, green, red or grey, as a PNG file."""
    height, width = frame.shape[:2]
    in_colour = frame.ndim == 3
    pixels = frame[:, :, ::-1].reshape(height, 3 * width) if in_colour else frame
    rows = np.zeros((height, pixels.shape[1] + 1), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if in_colour else 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
