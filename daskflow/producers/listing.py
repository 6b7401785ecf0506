"""The files of a folder, in the order in which people count."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

VIDEOS = tuple(
    f"*.{end}"
    for end in (
        *("3gp", "asf", "avi", "flv", "h264", "h265", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg"),
        *("mpg", "mts", "ogv", "ts", "webm", "wmv"),
    )
)
"""What is taken for a video where no pattern is given."""

IMAGES = tuple(
    f"*.{end}"
    for end in (
        *("avif", "bmp", "jp2", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"),
    )
)
"""What is taken for an image where no pattern is given."""

ON_BAD_FILE = ("error", "skip")

_NUMBER = re.compile(r"(\d+)")


def files_in(folder: str, patterns: Sequence[str], *, recursive: bool) -> list[str]:
    """Absolute paths of the files of a folder, ``frame2`` before ``frame10``; those of subfolders come last.

    Parameters
    ----------
    folder : str
        Its absolute path.
    patterns : sequence of str
        A file is taken if its name matches one of them; capitals do not matter. Names that begin with a dot
        are not taken.
    recursive : bool
        Take the files of folders within it too.

    Raises
    ------
    FileNotFoundError
        There is no such folder, or no file in it matches.
    NotADirectoryError, PermissionError
        It is a file, or this user may not read it.
    """
    if not os.path.exists(folder):
        raise FileNotFoundError(f"there is no folder {folder}: check the path")
    if not os.path.isdir(folder):
        raise NotADirectoryError(f"{folder} is no folder: give the path of the folder that the files are in")

    def refuse(error: OSError) -> None:
        raise PermissionError(f"the folder {error.filename} cannot be listed: {error.strerror}") from error

    paths: list[str] = []
    for place, inner, names in os.walk(folder, onerror=refuse):
        inner[:] = sorted((name for name in inner if name[0] != "."), key=natural) if recursive else []
        wanted = [name for name in names if name[0] != "." and _matches(name, patterns)]
        found = [os.path.join(place, name) for name in sorted(wanted, key=natural)]
        paths.extend(path for path in found if os.path.isfile(path))
    if not paths:
        where = f"{folder} or the folders in it" if recursive else folder
        raise FileNotFoundError(f"no file in {where} matches {' or '.join(patterns)}")
    return paths


def natural(name: str) -> tuple[Any, ...]:
    """A key for sorting names so that numbers in them count as numbers, and capitals do not count first."""
    parts = _NUMBER.split(name)  # text, number, text, ...
    return tuple(int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)), name


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


def checked_patterns(pattern: str | Sequence[str] | None, default: Sequence[str]) -> tuple[str, ...]:
    """Patterns as a tuple. Raises ValueError where one is empty or has a folder in it."""
    patterns = tuple(default if pattern is None else [pattern] if isinstance(pattern, str) else pattern)
    for one in patterns or ("",):
        if not isinstance(one, str) or not one or "/" in one:
            raise ValueError(f"pattern is compared with the names of files, such as '*.png'; got {pattern!r}")
    return patterns


def checked_choice(on_bad_file: str) -> str:
    """Return one of `ON_BAD_FILE`. Raises ValueError for anything else."""
    if on_bad_file not in ON_BAD_FILE:
        raise ValueError(f"on_bad_file is one of {', '.join(ON_BAD_FILE)}, got {on_bad_file!r}")
    return on_bad_file


def count_or_none(counts: Callable[[], Iterator[int | None]]) -> int | None:
    """The sum of counts; None if one is None or the files cannot be looked at."""
    total = 0
    try:
        for count in counts():
            if count is None:
                return None
            total += count
    except OSError:
        return None
    return total
