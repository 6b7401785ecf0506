"""A ring of shared frames in plain Python: what a flow's frames are measured against."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

END = 255
"""The token after the last."""

SHARED = Path("/dev/shm")


class Tokens:
    """Slot numbers from one process to another, one byte each through a pipe."""

    def __init__(self) -> None:
        self._read_fd, self._write_fd = os.pipe()
        self._waiting: deque[int] = deque()

    def put(self, slot: int) -> None:
        """Pass a slot number, or `END`, on."""
        os.write(self._write_fd, bytes((slot,)))

    def get(self) -> int:
        """The next one; blocks until it comes."""
        if not self._waiting:
            # All that came at once: under load a read serves several messages.
            self._waiting.extend(os.read(self._read_fd, 64))
        return self._waiting.popleft()

    def close(self) -> None:
        """Close both ends in this process."""
        os.close(self._read_fd)
        os.close(self._write_fd)


class Ring:
    """Slots for frames in shared memory, for processes that are forked after it was made.

    Parameters
    ----------
    shape : tuple of int
        Height, width and channels.
    nb_slots : int, default 8
        How many frames it holds.
    readers : int, default 1
        How many have to free a slot before it is written again.

    Attributes
    ----------
    frames : list of numpy.ndarray
        One per slot.
    notes : numpy.ndarray
        One int64 per slot, for when the frame was made, in ns.
    free, filled : Tokens
        Slots to write into, and slots to read.
    """

    def __init__(self, shape: tuple[int, int, int], nb_slots: int = 8, readers: int = 1) -> None:
        if not 1 <= nb_slots < END:
            raise ValueError(f"nb_slots is from 1 to {END - 1}, got {nb_slots}")
        size = int(np.prod(shape))
        stride = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = shared_memory(mmap.PAGESIZE + nb_slots * stride)
        self.notes: NDArray[np.int64] = np.frombuffer(memory, np.int64, nb_slots)
        self.frames: list[NDArray[np.uint8]] = [
            np.frombuffer(memory, np.uint8, size, mmap.PAGESIZE + slot * stride).reshape(shape)
            for slot in range(nb_slots)
        ]
        for frame in self.frames:
            frame[:] = 0  # its pages exist before the clock runs
        self.free, self.filled = Tokens(), Tokens()
        self._readers = readers
        self._freed_by = [0] * nb_slots
        for slot in range(nb_slots):
            for _ in range(readers):
                self.free.put(slot)

    def fill(self, frame: NDArray[np.uint8], note_ns: int) -> int:
        """Copy a frame into the next free slot, whose number is returned but not passed on."""
        slot = self._take()
        np.copyto(self.frames[slot], frame)
        self.notes[slot] = note_ns
        return slot

    def _take(self) -> int:
        while True:
            slot = self.free.get()
            self._freed_by[slot] += 1
            if self._freed_by[slot] == self._readers:
                self._freed_by[slot] = 0
                return slot

    def close(self) -> None:
        """Close the pipes in this process; the memory goes with the last array over it."""
        self.free.close()
        self.filled.close()


def shared_memory(size: int) -> Any:
    """Memory that forked processes share, as a map of a file that has no name any more."""
    with tempfile.TemporaryFile(dir=SHARED if SHARED.is_dir() else None, prefix="daskflow-ring-") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        return mmap.mmap(file.fileno(), size)
