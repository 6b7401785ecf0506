"""Files and folders that a consumer writes: where, whether they can be written, and small ones at once."""

from __future__ import annotations

import contextlib
import os


def absolute_target(path: str | os.PathLike[str]) -> str:
    """`path`, taken from this process's directory, so that the worker's own does not matter."""
    return os.path.abspath(os.fspath(path))


def check_target(path: str, *, replaces: bool = False) -> None:
    """Refuse a file that cannot be written, before the first message comes.

    Parameters
    ----------
    path : str
        Absolute path of the file, which need not exist.
    replaces : bool, default False
        Whether a new file takes its place, instead of the file itself being opened.

    Raises
    ------
    FileNotFoundError
        Its folder does not exist.
    IsADirectoryError
        It is a folder itself.
    PermissionError
        This user may not write there.
    """
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {folder}; make it first")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} cannot be written: it is a folder; give the path of a file in it")
    if not os.access(folder if replaces or not os.path.exists(path) else path, os.W_OK):
        raise PermissionError(f"{path} cannot be written: this user has no permission to")


def make_folder(path: str) -> None:
    """Have a folder that can be written to, before the first message comes.

    Raises
    ------
    OSError
        It cannot be made, or this user may not write there.
    """
    os.makedirs(path, exist_ok=True)
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} cannot be written to: this user has no permission to")


def write_whole(path: str, data: bytes | memoryview) -> None:
    """Write a file that has its name only when it is complete; one that exists is replaced.

    Raises
    ------
    OSError
        It cannot be written, as on a full disk. Nothing is left of it then.
    """
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise OSError(error.errno, error.strerror, path) from error
