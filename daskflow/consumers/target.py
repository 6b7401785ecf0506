"""The file that a consumer writes: where it is, and whether it can be written at all."""

from __future__ import annotations

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
