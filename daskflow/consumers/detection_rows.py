"""Detections as rows of text: MOT and CSV."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct
from typing import Any, Protocol

from daskflow.consumers.resumable import Mark, ResumableFile

COLUMNS = (
    *("frame", "time_s", "source", "tracker_id", "class_id", "class_name", "confidence"),
    *("left", "top", "right", "bottom"),
)
"""Of CSV and Parquet."""

_FLOAT = Struct("f")

_EXACT_ENOUGH = (6, 8, 10, 12, 14)
"""Digits to try: the fewest that give the edge back."""


@dataclass(frozen=True)
class FrameRecords:
    """What was found in one frame.

    Attributes
    ----------
    number : int
        Of the frame, from 1.
    time_s : float or None
        Its event time, in seconds.
    source : str or None
        The file or address that it is from.
    detections : list of dict
        As `daskflow.scene.records.detection_records` gives them.
    """

    number: int
    time_s: float | None
    source: str | None
    detections: list[dict[str, Any]]


class DetectionsFile(Protocol):
    """A file of detections in the making."""

    def write(self, frame: FrameRecords) -> None:
        """Add a frame."""

    def finish(self) -> None:
        """Complete the file and give it its name."""


class ResumableDetectionsFile(DetectionsFile, Protocol):
    """One that another process can go on with."""

    def mark(self) -> Any:
        """What `resume` needs in a new process."""

    def resume(self, mark: Any) -> None:
        """Go on at a mark."""


def extent_text(start: float, end: float) -> str:
    """A width or height, with which `start` gives `end` again.

    Parameters
    ----------
    start : float
        The number as it is written for the left or upper edge.
    end : float
        The right or lower edge; a float32 in few digits.

    Returns
    -------
    str
        As few digits as will do: ``float32(start + float(text))`` is ``float32(end)``.
    """
    wanted = _single(end)
    extent = wanted - start
    for digits in _EXACT_ENOUGH:
        text = f"{extent:.{digits}g}"
        with contextlib.suppress(OverflowError):
            if _single(start + float(text)) == wanted:
                return text
    return repr(extent)


def _single(number: float) -> float:
    """The nearest float32; for one number NumPy takes several times as long."""
    nearest: float = _FLOAT.unpack(_FLOAT.pack(number))[0]
    return nearest


class _LinesFile:
    """A file of text that another process can go on with; a subclass has `write`."""

    def __init__(self, path: str, head: bytes = b"") -> None:
        self._file = ResumableFile(f"{path}.part", final=path, head=head)

    def mark(self) -> Mark:
        """The place after the last frame."""
        return self._file.mark()

    def resume(self, mark: Mark) -> None:
        """Go on there."""
        self._file.resume(mark)

    def finish(self) -> None:
        """Complete the file and give it its name."""
        self._file.finish()


class MotFile(_LinesFile):
    """Lines of the MOTChallenge: frame, id, left, top, width, height, confidence, class, -1, -1.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    """

    def write(self, frame: FrameRecords) -> None:
        """Add a line for each detection of a frame."""
        lines = [_mot_line(frame.number, found) for found in frame.detections]
        self._file.write("".join(lines).encode())


class CsvFile(_LinesFile):
    """A row for each detection, under a row with the names of `COLUMNS`; what is not known is left empty.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, _csv_text([COLUMNS]))

    def write(self, frame: FrameRecords) -> None:
        """Add a row for each detection of a frame."""
        self._file.write(_csv_text(rows(frame)))


def rows(frame: FrameRecords) -> list[tuple[Any, ...]]:
    """The values of `COLUMNS`, for each detection of a frame."""
    source = _text(frame.source)
    return [
        (
            *(frame.number, frame.time_s, source, found["tracker_id"], found["class_id"]),
            *(_text(found["class_name"]), found["confidence"], *found["box"]),
        )
        for found in frame.detections
    ]


def _text(value: Any) -> str | None:
    """A string that UTF-8 can say: names of files may have half a surrogate pair."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode()


def _mot_line(number: int, found: dict[str, Any]) -> str:
    left, top, right, bottom = found["box"]
    tracker_id = -1 if found["tracker_id"] is None else found["tracker_id"]
    class_id = -1 if found["class_id"] is None else found["class_id"]
    confidence = 1 if found["confidence"] is None else found["confidence"]
    extent = f"{extent_text(left, right)},{extent_text(top, bottom)}"
    corner = f"{_short(left)},{_short(top)}"
    return f"{number},{tracker_id},{corner},{extent},{_short(confidence)},{class_id},-1,-1\n"


def _short(number: float) -> str:
    return str(number).removesuffix(".0")


def _csv_text(lines: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # it quotes a \r or \n only if its own lines end so
    for line in lines:
        writer.writerow(line)
        text.seek(text.tell() - len("\r\n"))
        text.truncate()
        text.write("\n")
    return text.getvalue().encode()
