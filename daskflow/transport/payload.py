"""Objects to descriptors and back: pickle protocol 5, large buffers in slots, small ones inline."""

from __future__ import annotations

import mmap
import os
import pickle
import weakref
from bisect import bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np

from daskflow.transport.loans import Loans
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool

INLINE_LIMIT = 16 * 1024
"""Payloads up to this many bytes travel in the message itself: cheaper than a slot and its release."""

ALIGNMENT = 64
"""Buffers begin at multiples of a cache line, as NumPy's own allocations of that size do."""

MAPPINGS_KEPT = 512

Region = tuple[int, int, int]
"""A part of a slot: slot number, offset and length in bytes."""

Descriptor = bytes | list[Any]
"""A pickle without more; or ``[header, buffers, slots]``: the pickle, its out-of-band buffers, and the slots
that they are in. Header and buffers are either bytes or a `Region`."""


def slots_of(descriptor: Descriptor) -> tuple[int, ...]:
    """The slots that a descriptor names, each once."""
    return () if isinstance(descriptor, bytes) else tuple(descriptor[2])


class PayloadWriter:
    """Turns a task's results into descriptors.

    Parameters
    ----------
    pool : SlotPool
        Where large buffers go.
    reader : PayloadReader
        Of the same task: a result that contains an input's own buffer names the input's slot again.
    """

    def __init__(self, pool: SlotPool, reader: PayloadReader) -> None:
        self._pool = pool
        self._reader = reader
        self.loans = Loans(pool)
        """Slots in which the node makes its results itself."""
        self.copies = 0
        """Payloads whose bytes were copied into a slot."""
        self.forwards = 0
        """Buffers that were already in a slot, and not copied."""

    def encode(self, value: Any) -> Descriptor:
        """The descriptor of a value; once it returns, the value may change without any reader noticing.

        Raises
        ------
        StoreFullError
            There is no room for the payload.
        Exception
            Whatever pickling the value raises.
        """
        header, raw = _dump(value)
        if not raw and len(header) <= INLINE_LIMIT:
            return header
        buffers: list[Any] = []
        slots: list[int] = []
        own: list[tuple[int, memoryview]] = []  # where in `buffers`, and what
        for buffer in raw:
            region = self._located(buffer) if buffer.nbytes > INLINE_LIMIT else None
            if region is None:
                own.append((len(buffers), buffer))
            else:
                if region[0] not in slots:
                    slots.append(region[0])
            buffers.append(region)
        pieces: list[tuple[int, memoryview]] = [(-1, memoryview(header)), *own]
        if sum(piece.nbytes for _, piece in pieces) <= INLINE_LIMIT:
            for i, buffer in own:
                buffers[i] = bytes(buffer)
            self.loans.close(slots)
            return [header, buffers, slots]
        if len(header) <= INLINE_LIMIT:
            pieces = own
        head: Any = header
        for (i, _), region in zip(pieces, self._store(pieces), strict=True):
            if i < 0:
                head = region
            else:
                buffers[i] = region
            if region[0] not in slots:
                slots.append(region[0])
        self.loans.close(slots)
        return [head, buffers, slots]

    def _located(self, buffer: memoryview) -> Region | None:
        """Where a buffer is, if it is in a slot already and need not be copied."""
        address = np.frombuffer(buffer, np.uint8).__array_interface__["data"][0]
        if buffer.readonly:
            region = self._reader.locate(address, buffer.nbytes)
            self.forwards += region is not None
            return region
        lent = self.loans.send(address, buffer.nbytes)
        return None if lent is None else (*lent, buffer.nbytes)

    def _store(self, pieces: list[tuple[int, memoryview]]) -> list[Region]:
        offsets, size = [], 0
        for _, piece in pieces:
            offsets.append(size)
            size += -(-piece.nbytes // ALIGNMENT) * ALIGNMENT
        slot = self._pool.take(size)
        for (_, piece), offset in zip(pieces, offsets, strict=True):
            slot.write(offset, piece)
        self.copies += 1
        return [
            (slot.number, offset, piece.nbytes) for (_, piece), offset in zip(pieces, offsets, strict=True)
        ]


class PayloadReader:
    """Turns descriptors into objects whose arrays look straight into the slots.

    Parameters
    ----------
    places : RunPlaces
        Where the slots' files are.
    """

    def __init__(self, places: RunPlaces) -> None:
        self._places = places
        self.on_release: Callable[[], None] | None = None
        """Called, in whatever thread drops the last array over a slot, after that was put on `released`."""
        self._mappings: OrderedDict[int, np.ndarray[Any, Any]] = OrderedDict()
        self._addresses: list[tuple[int, int, int]] = []  # address, size, slot; sorted
        self._views: dict[int, tuple[weakref.ref[Any], int]] = {}
        self.released: deque[int] = deque()
        """Slots whose last array of one delivery is gone, to be told to the ledger."""

    def decode(self, descriptor: Descriptor, *, private: bool = False) -> Any:
        """The object that a descriptor describes.

        Parameters
        ----------
        descriptor : Descriptor
            As the writer made it. Each of its slots is put on `released` once, when the last array into it
            is gone.
        private : bool
            Copy, so that arrays are writable and hold no slot.
        """
        if isinstance(descriptor, bytes):
            return pickle.loads(descriptor)
        header, buffers, slots = descriptor
        views = {slot: self._view(slot) for slot in slots}
        convert = bytearray if private else _unchanged
        parts = [
            convert(part if isinstance(part, bytes) else views[part[0]][part[1] : part[1] + part[2]])
            for part in buffers
        ]
        head = header if isinstance(header, bytes) else views[header[0]][header[1] : header[1] + header[2]]
        return pickle.loads(head, buffers=parts)

    def locate(self, address: int, size_bytes: int) -> Region | None:
        """Where in a mapped slot memory lies; None if it is memory of this process."""
        i = bisect_right(self._addresses, (address, 1 << 62, 0)) - 1
        if i < 0:
            return None
        start, size, slot = self._addresses[i]
        if address + size_bytes > start + size:
            return None
        return slot, address - start, size_bytes

    def _view(self, slot: int) -> memoryview:
        # An array of its own for each delivery: its end is the end of everything that looks through it.
        base = self._mapping(slot).view()
        reference = weakref.ref(base, self._view_ended)
        self._views[id(reference)] = (reference, slot)  # by identity: arrays have no hash
        return base.data

    def _view_ended(self, reference: weakref.ref[Any]) -> None:
        self.released.append(self._views.pop(id(reference))[1])
        if self.on_release is not None:
            self.on_release()

    def _mapping(self, slot: int) -> np.ndarray[Any, Any]:
        mapping = self._mappings.get(slot)
        if mapping is not None:
            self._mappings.move_to_end(slot)
            return mapping
        mapping = _map_file(slot, self._places)
        self._mappings[slot] = mapping
        insort(self._addresses, (mapping.__array_interface__["data"][0], mapping.nbytes, slot))
        if len(self._mappings) > MAPPINGS_KEPT:
            # Its pages stay while an array looks into them; the next read of the slot maps it again.
            oldest, _ = self._mappings.popitem(last=False)
            self._addresses = [entry for entry in self._addresses if entry[2] != oldest]
        return mapping


def _dump(value: Any) -> tuple[bytes, list[memoryview]]:
    raw: list[pickle.PickleBuffer] = []
    try:
        header = pickle.dumps(value, protocol=5, buffer_callback=raw.append)
    except Exception:  # noqa: BLE001  classes of the main script are only known to cloudpickle
        raw.clear()
        header = cloudpickle.dumps(value, protocol=5, buffer_callback=raw.append)
    return header, [buffer.raw() for buffer in raw] if raw else []


def _unchanged(part: Any) -> Any:
    return part


def _map_file(slot: int, places: RunPlaces) -> np.ndarray[Any, Any]:
    for place in places.both:
        try:
            fd = os.open(places.slot_file(place, slot), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            return np.frombuffer(mmap.mmap(fd, 0, prot=mmap.PROT_READ), np.uint8)
        finally:
            os.close(fd)
    raise FileNotFoundError(f"slot {slot:x} is in none of {', '.join(map(str, places.both))}")
