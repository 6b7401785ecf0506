"""A reader's views into the slots of others: mapped once, watched until the last array is gone."""

from __future__ import annotations

import mmap
import os
import weakref
from bisect import bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from daskflow.errors import DescriptorError, GpuSharingError
from daskflow.ledger.slots import is_on_gpu
from daskflow.transport.descriptor import Region
from daskflow.transport.device_memory import INSTEAD
from daskflow.transport.pins import PinnedPages
from daskflow.transport.places import RunPlaces

MAPPINGS_KEPT = 512


class SlotViews:
    """Read-only arrays over slots, and the word when they are gone.

    Parameters
    ----------
    places : RunPlaces
        Where the slots' files are.
    """

    def __init__(self, places: RunPlaces) -> None:
        self._places = places
        self.on_release: Callable[[], None] | None = None
        """Called, in whatever thread drops the last array over a slot, after that was put on `released`."""
        self.released: deque[int] = deque()
        """Slots whose last array of one `look` is gone, to be told to the ledger."""
        self._mappings: OrderedDict[int, memoryview] = OrderedDict()
        self._addresses: list[tuple[int, int, int]] = []  # address, size, slot; sorted
        self._watched: dict[int, tuple[weakref.ref[Any], int]] = {}
        self.pins: PinnedPages | None = None
        """Where a GPU copies from the slots."""

    def look(
        self, slot: int, shape: Sequence[int], dtype: DTypeLike = "u1", offset: int = 0, size_bytes: int = 0
    ) -> NDArray[Any]:
        """An array over a part of a slot; refuses one of `size_bytes` that are not all in it.

        The slot is put on `released` once, when this array is gone and all arrays made from it: they all
        refer to it and not to the mapping, because NumPy goes back no further than to the first array over
        something that is none itself.
        """
        mapping = self._mapping(slot)
        if offset + size_bytes > mapping.nbytes:  # NumPy does not notice where the sum is too large
            raise DescriptorError(f"slot {slot:x} ends before byte {offset + size_bytes}")
        array: NDArray[Any] = np.ndarray(shape, dtype, mapping, offset)
        self.watch(array, slot)
        return array

    def watch(self, thing: Any, slot: int) -> None:
        """See to it that a slot is put on `released` once `thing` is gone, which looks into it."""
        reference = weakref.ref(thing, self._note_end)
        self._watched[id(reference)] = (reference, slot)  # by identity: arrays have no hash

    def is_watched(self, slot: int) -> bool:
        """Whether something here still looks into a slot."""
        return any(watched == slot for _, watched in list(self._watched.values()))

    def size_of(self, slot: int) -> int:
        """Bytes of a slot."""
        return self._mapping(slot).nbytes

    def locate(self, address: int, size_bytes: int) -> Region | None:
        """Where in a mapped slot memory lies; None if it is memory of this process."""
        i = bisect_right(self._addresses, (address, 1 << 62, 0)) - 1
        if i < 0:
            return None
        start, size, slot = self._addresses[i]
        if address + size_bytes > start + size:
            return None
        return slot, address - start, size_bytes

    def _note_end(self, reference: weakref.ref[Any]) -> None:
        self.released.append(self._watched.pop(id(reference))[1])
        if self.on_release is not None:
            self.on_release()

    def _mapping(self, slot: int) -> memoryview:
        mapping = self._mappings.get(slot)
        if mapping is not None:
            self._mappings.move_to_end(slot)
            return mapping
        protection = mmap.PROT_READ
        if self.pins is not None:
            # CUDA locks no pages that cannot be written to, on most machines. The arrays are read-only.
            protection |= mmap.PROT_WRITE
        mapping = memoryview(_map_file(slot, self._places, protection)).toreadonly()
        self._mappings[slot] = mapping
        address = address_of(np.frombuffer(mapping, np.uint8))
        insort(self._addresses, (address, mapping.nbytes, slot))
        if self.pins is not None:
            self.pins.pin(address, mapping.nbytes)
        if len(self._mappings) > MAPPINGS_KEPT:
            # Its pages stay while an array looks into them; the next look at the slot maps it again.
            oldest, dropped = self._mappings.popitem(last=False)
            self._addresses = [entry for entry in self._addresses if entry[2] != oldest]
            if self.pins is not None:
                self.pins.unpin(address_of(np.frombuffer(dropped, np.uint8)))
        return mapping


def address_of(array: NDArray[Any]) -> int:
    """Where an array's first element is."""
    address: int = array.__array_interface__["data"][0]
    return address


def _map_file(slot: int, places: RunPlaces, protection: int) -> mmap.mmap:
    mode = os.O_RDWR if protection & mmap.PROT_WRITE else os.O_RDONLY
    for place in places.both:
        try:
            fd = os.open(places.slot_file(place, slot), mode | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        try:
            return mmap.mmap(fd, 0, prot=protection)
        finally:
            os.close(fd)
    if is_on_gpu(slot):
        raise GpuSharingError(
            f"an input is in GPU memory, and this task could not use its GPU with CuPy to reach it: {INSTEAD}"
        )
    raise FileNotFoundError(f"slot {slot:x} is in none of {', '.join(map(str, places.both))}")
