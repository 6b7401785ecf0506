"""A file that a new process can go on with where a killed one was."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from io import FileIO

_BUFFER_BYTES = 1 << 16


@dataclass(frozen=True)
class Mark:
    """A place in a file, for a snapshot.

    Attributes
    ----------
    offset : int
        In bytes: all before it belongs to messages that are done with.
    inode : int
        Of the file, by which it is known again under another name.
    """

    offset: int
    inode: int


class ResumableFile:
    """Takes whole pieces of bytes; those after a mark can be taken back.

    Nothing of what the file holds is touched before the first piece: until then `resume` may be called.

    Parameters
    ----------
    path : str
        Absolute path of the file in its folder, which exists.
    final : str, optional
        What it is called once it is complete; if not given, `path` from the beginning.
    head : bytes
        What a new file begins with.
    keep_as : str, optional
        Append to what the file holds. A word of this run and no other: a new process finds by it where in the
        file the run began, which stands in ``<path>.begin`` meanwhile.

    Attributes
    ----------
    complete : Mark or None
        Of a file that a killed process has finished already.

    Raises
    ------
    OSError
        The file cannot be made.
    """

    def __init__(
        self, path: str, *, final: str | None = None, head: bytes = b"", keep_as: str | None = None
    ) -> None:
        self._path = path
        self._final = final or path
        self._head = head
        self._waiting = bytearray()
        self._offset = -1  # where in the file the waiting bytes go; below 0: not begun
        self._file: FileIO | None = None
        self.complete: Mark | None = None
        self._begin_at = 0
        self._note = f"{path}.begin"
        self._appends = keep_as is not None
        if keep_as is not None:
            self._begin_at = self._beginning_of(keep_as)

    def write(self, piece: bytes) -> None:
        """Add a piece, all of it or, where that fails, nothing. Up to 64 KiB wait in memory.

        Raises
        ------
        OSError
            The disk is full, for example.
        """
        if self.complete is not None:
            return
        self._begin()
        self._waiting += piece
        if len(self._waiting) >= _BUFFER_BYTES:
            self._flush_or_drop(len(piece))

    def flush(self, of_last: int = 0) -> None:
        """Hand what waits to the operating system: a kill of the process does not touch it any more.

        Parameters
        ----------
        of_last : int, default 0
            How many bytes of the last piece to forget where that fails, so that it can be written again.

        Raises
        ------
        OSError
            The disk is full, for example.
        """
        if self.complete is None:
            self._begin()
            self._flush_or_drop(of_last)

    def mark(self) -> Mark:
        """The place after the last piece, which is handed to the operating system first."""
        if self.complete is not None:
            return self.complete
        self.flush()
        assert self._file is not None
        return Mark(self._offset, os.fstat(self._file.fileno()).st_ino)

    def resume(self, mark: Mark) -> None:
        """Go on at a mark of a process that is gone; what it wrote after that is taken back.

        Where the file has its final name, that process died when all was done: it is `complete`, and stays
        as it is, whatever is written again.

        Raises
        ------
        FileNotFoundError
            The file is there no more, or is another, or is shorter than it was.
        """
        if _is_marked(self._path, mark):
            self._file = FileIO(self._path, "r+")
            self._go_to(mark.offset)
        elif _is_marked(self._final, mark):
            self.complete = mark
        else:
            raise FileNotFoundError(
                f"{self._path} is no longer what a killed process wrote, so there is no going on with it: "
                "let nothing else change or remove it during a run"
            )

    def finish(self) -> None:
        """Write what waits, close the file and give it its name.

        Raises
        ------
        OSError
            The disk is full, for example; the file then keeps the name that it has.
        """
        if self.complete is not None:
            return
        self._begin()
        assert self._file is not None
        try:
            self.flush()
        finally:
            self._file.close()
        if self._final != self._path:
            os.replace(self._path, self._final)
        if self._appends:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._note)

    def _flush_or_drop(self, of_last: int) -> None:
        assert self._file is not None
        written = 0
        try:
            while written < len(self._waiting):
                written += self._file.write(self._waiting[written:]) or 0
        except OSError:
            with contextlib.suppress(OSError):
                self._go_to(self._offset)  # without the half of it that went well
            del self._waiting[len(self._waiting) - of_last :]
            raise
        self._offset += written
        self._waiting.clear()

    def _begin(self) -> None:
        if self._offset < 0:
            self._file = FileIO(self._path, "r+" if os.path.exists(self._path) else "w+")
            self._go_to(self._begin_at)
            if self._appends and self._begin_at:
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":
                    self._waiting += (
                        b"\n"  # somebody's last line was not finished: it stays a line of its own
                    )
            if not self._begin_at:
                self._waiting += self._head

    def _go_to(self, offset: int) -> None:
        assert self._file is not None
        self._file.truncate(offset)
        self._file.seek(offset)
        self._offset = offset

    def _beginning_of(self, run: str) -> int:
        """Where in the file the run began: what a killed process of it has noted, or else the end."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError), open(self._note) as file:
            noted = json.load(file)
            if noted["run"] == run:
                return int(noted["offset"])
        offset = os.path.getsize(self._path) if os.path.exists(self._path) else 0
        with open(self._note, "w") as file:
            json.dump({"run": run, "offset": offset}, file)
        return offset


def _is_marked(path: str, mark: Mark) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    return found.st_ino == mark.inode and found.st_size >= mark.offset
