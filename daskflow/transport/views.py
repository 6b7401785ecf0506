"""A reader's views into the slots of others: mapped once, watched until the last array is gone."""

from __future__ import annotations

import mmap
import os
import weakref
from bisect import bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from daskflow.errors import DescriptorError, GpuSharingError, PayloadLostError
from daskflow.ledger.slots import is_on_gpu
from daskflow.transport.descriptor import Region, editions_of
from daskflow.transport.device_memory import INSTEAD
from daskflow.transport.pins import PinnedPages
from daskflow.transport.places import RunPlaces

if TYPE_CHECKING:
    from daskflow.transport.far.far_slots import FarSlots

PAGE = mmap.PAGESIZE

MAPPINGS_KEPT = 512


class SlotViews:
    """Read-only arrays over slots, and the word when they are gone.

    Parameters
    ----------
    places : RunPlaces
        Where the slots' files are.
    far : FarSlots, optional
        Fetches those of other hosts, where the run is on several.
    """

    def __init__(self, places: RunPlaces, far: FarSlots | None = None) -> None:
        self._places = places
        self._far = far
        self.on_release: Callable[[], None] | None = None
        """Called, in whatever thread drops the last array over a slot, after that was put on `released`."""
        self.released: deque[int] = deque()
        """Slots whose last array of one `look` is gone, to be told to the ledger."""
        self._mappings: OrderedDict[int, memoryview] = OrderedDict()
        self._addresses: list[tuple[int, int, int]] = []  # address, size, slot; sorted
        self._watched: dict[int, tuple[weakref.ref[Any], int]] = {}
        self.pins: PinnedPages | None = None
        """Where a GPU copies from the slots."""

    def present(self, descriptor: list[Any]) -> list[Any]:
        """A descriptor that names editions, without them, once all its slots are on this host; blocks.

        Raises
        ------
        PayloadLostError
            Some cannot be had any more; none was looked at.
        StoreFullError
            There is no room for them on this host.
        DescriptorError
            The run is on one host.
        """
        if self._far is None:
            raise DescriptorError("a descriptor names editions in a run on several hosts only")
        lost, why = [], ""
        for slot, edition in editions_of(descriptor):
            if not is_on_gpu(slot):
                try:
                    self._far.fetch(slot, edition)
                except PayloadLostError as error:
                    lost.append(slot)
                    why = why or str(error)
        if lost:
            raise PayloadLostError(f"slot {lost[0]:x} on another host is lost: {why}", tuple(lost))
        return descriptor[:-1]

    def edition_of(self, slot: int) -> int:
        """The edition that is here of a slot in a file, in a run on several hosts."""
        assert self._far is not None
        return self._far.slots.edition(slot)

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
        mapping = self._mapped(slot, protection).toreadonly()
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

    def _mapped(self, slot: int, protection: int) -> memoryview:
        if self._far is None:
            return memoryview(_map_file(slot, self._places, protection))
        memory = self._far.slots.map(slot)
        if memory is None:
            raise FileNotFoundError(f"slot {slot:x} is not on this host")
        return memoryview(memory)[:-PAGE]  # without its trailer


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
