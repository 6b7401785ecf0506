"""Slots as their owner sees them: files that it writes, recycles and retires."""

from __future__ import annotations

import contextlib
import errno
import logging
import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.errors import StoreFullError
from daskflow.transport.far.host_slots import give_back
from daskflow.transport.far.trailer import blank_trailer, write_trailer
from daskflow.transport.pins import PinnedPages
from daskflow.transport.places import RunPlaces
from daskflow.transport.views import address_of

logger = logging.getLogger("daskflow.transport")

PAGE = mmap.PAGESIZE


class OwnedSlot:
    """A shared file that this process writes and others map read-only.

    With a trailer its file has a page more, which says what is in it; see `daskflow.transport.far.trailer`.
    """

    __slots__ = ("_has_trailer", "_map", "_path", "capacity", "edition", "is_on_disk", "number")

    def __init__(self, number: int, size: int, places: RunPlaces, *, has_trailer: bool = False) -> None:
        self.number = number
        self.capacity = _rounded(size)
        self.edition = 0
        self._has_trailer = has_trailer
        whole = self.capacity + has_trailer * PAGE
        fd, self._path = _create_file(number, whole, places)
        self.is_on_disk = self._path.parent != places.both[0]
        try:
            self._map = mmap.mmap(fd, whole)
        finally:
            os.close(fd)

    def write(self, offset: int, buffer: memoryview) -> None:
        """Copy the bytes of a contiguous buffer to `offset`."""
        self._map[offset : offset + buffer.nbytes] = buffer

    def fill(self, array: NDArray[Any]) -> None:
        """Copy an array, of any strides, to the beginning in C order."""
        np.copyto(np.ndarray(array.shape, array.dtype, self._map), array)

    def array(self) -> NDArray[np.uint8]:
        """All of the slot as writable bytes, in an array of its own: the object behind all views into it."""
        return np.frombuffer(self._map, np.uint8, self.capacity)

    def write_trailer(self, about: bytes) -> None:
        """Say in the trailer what is in this life of the slot, for readers on other hosts."""
        write_trailer(self._map, self.edition, about)

    def retire(self) -> None:
        """Give the memory back now, although readers may still have the file mapped; none looks into it."""
        if self._has_trailer:  # somebody who was given up may still ask for it, and must not die of that
            blank_trailer(self._map)
            give_back(self._map)
            os.unlink(self._path)
            return
        with contextlib.suppress(BufferError):  # an array is just ending in another thread
            self._map.close()
        os.truncate(self._path, 0)
        os.unlink(self._path)


class SlotPool:
    """The slots of one task: a free one is written again, the most recently freed first, while it is warm.

    Parameters
    ----------
    first_number : int
        The number of the first slot; the others follow.
    places : RunPlaces
        Where the files go.
    has_trailers : bool
        Whether readers may be on other hosts, and so see which life of a slot is in its file.
    """

    def __init__(self, first_number: int, places: RunPlaces, *, has_trailers: bool = False) -> None:
        self.has_trailers = has_trailers
        self._next_number = first_number
        self._places = places
        self._used: dict[int, OwnedSlot] = {}
        self._free: list[OwnedSlot] = []  # in the order they were freed
        self.created = 0
        self.on_disk = 0
        """How many of those found no room in shared memory."""
        self.pins: PinnedPages | None = None
        """Where a GPU copies from and to the slots."""

    def take(self, size: int) -> OwnedSlot:
        """A slot of at least `size` bytes that nobody looks into.

        Raises
        ------
        StoreFullError
            Neither shared memory nor the temp directory has room for another.
        """
        for i in range(len(self._free) - 1, -1, -1):
            if self._free[i].capacity >= size:
                slot = self._free.pop(i)
                break
        else:
            if self._free:  # all too small: one goes for the one that comes
                self._retire(self._free.pop(0))
            slot = OwnedSlot(self._next_number, size, self._places, has_trailer=self.has_trailers)
            if self.pins is not None:
                self.pins.pin(address_of(slot.array()), slot.capacity)
            self._next_number += 1
            self.created += 1
            self.on_disk += slot.is_on_disk
        slot.edition += 1
        self._used[slot.number] = slot
        return slot

    def used(self, number: int) -> OwnedSlot | None:
        """The slot of a number, if it is of this pool and in use."""
        return self._used.get(number)

    def recycle(self, number: int) -> None:
        """Note that nobody looks into a slot any more."""
        self._free.append(self._used.pop(number))

    def _retire(self, slot: OwnedSlot) -> None:
        if self.pins is not None:
            self.pins.unpin(address_of(slot.array()))
        slot.retire()

    def __len__(self) -> int:
        return len(self._used) + len(self._free)


def _rounded(size: int) -> int:
    """Up to a quarter more than asked, so that frames of varying size find each other's slots."""
    step = max(PAGE, 1 << max(0, size.bit_length() - 3))
    # Most flows send frames of one size: do not pay for what only varying ones need.
    step = PAGE if size % PAGE == 0 else step
    return -(-size // step) * step


def _create_file(number: int, size: int, places: RunPlaces) -> tuple[int, Path]:
    for place in places.both:
        path = places.slot_file(place, number)
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            # Not ftruncate: on a full file system that succeeds, and the first write is a SIGBUS.
            os.posix_fallocate(fd, 0, size)
        except OSError as error:
            os.close(fd)
            os.unlink(path)
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            logger.warning(
                "no room for %.1f MB in %s%s", size / 1e6, place,
                "" if place == places.both[-1] else "; using the slower " + str(places.both[-1]),
            )  # fmt: skip
        else:
            return fd, path
    raise StoreFullError(
        errno.ENOSPC,
        f"no room for a payload of {size / 1e6:.1f} MB in {' or '.join(map(str, places.both))}: "
        "give the container more shared memory (docker run --shm-size), free disk space, "
        "or use a smaller queue_size",
    )
