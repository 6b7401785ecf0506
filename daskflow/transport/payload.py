"""Objects to descriptors and back: arrays as they are, all else by pickle, large buffers in slots."""

from __future__ import annotations

import pickle
from functools import lru_cache
from math import prod
from operator import index
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from daskflow.core import pickling
from daskflow.errors import DescriptorError
from daskflow.transport.descriptor import (
    INLINE_LIMIT,
    WITH_EDITIONS,
    Descriptor,
    Region,
    array_parts,
    pickle_parts,
)
from daskflow.transport.far.editions import Editions
from daskflow.transport.loans import Loans
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews, address_of

ALIGNMENT = 64
"""Buffers begin at multiples of a cache line, as NumPy's own allocations of that size do."""

Buffer = bytes | bytearray | memoryview

NUMBERS = "biufc"
"""Kinds of NumPy's dtypes that their short names, such as ``"<f4"``, say all about."""


class PayloadWriter:
    """Turns a task's results into descriptors.

    Parameters
    ----------
    pool : SlotPool
        Where large buffers go.
    views : SlotViews
        Of the same task: a result that contains an input's own buffer names the input's slot again.
    compression : str, optional
        How the results are to be compressed between hosts.
    """

    def __init__(self, pool: SlotPool, views: SlotViews, compression: str | None = None) -> None:
        self._pool = pool
        self._views = views
        self._editions = Editions(pool, views, compression) if pool.has_trailers else None
        self.loans = Loans(pool)
        """Slots in which the node makes its results itself."""
        self.copies = 0
        """Payloads whose bytes were copied into a slot."""
        self.forwards = 0
        """Buffers that were already in a slot, and not copied."""

    def encode(self, value: Any) -> Descriptor:
        """The descriptor of a value; once it returns, the value may change without any reader noticing.

        Parameters
        ----------
        value : object
            Anything that can be pickled. A pair of a large array and something small is the fast case: a
            frame with its metadata.

        Raises
        ------
        StoreFullError
            There is no room for the payload.
        Exception
            Whatever pickling the value raises.
        """
        if type(value) is tuple and len(value) == 2 and _is_large_array(value[0]):
            header, raw = pickled(value[1])
            if not raw and len(header) <= INLINE_LIMIT:
                return self.with_editions(self._encode_array(value[0], header))
        header, raw = pickled(value)
        if not raw and len(header) <= INLINE_LIMIT:
            return header
        return self.with_editions(list(self._encode_pickle(header, raw)))

    def with_editions(self, descriptor: list[Any]) -> list[Any]:
        """A complete descriptor, with the editions of its slots where the run is on several hosts."""
        return descriptor if self._editions is None else self._editions.added_to(descriptor)

    def encode_pickled(self, value: Any) -> tuple[Any, list[Any], list[int]]:
        """The three parts of the descriptor of a value that is pickled as a whole."""
        return self._encode_pickle(*pickled(value))

    def _encode_array(self, array: NDArray[Any], header: bytes) -> list[Any]:
        region = None
        if array.flags.c_contiguous:
            region = self._located(address_of(array), array.nbytes, is_writable=array.flags.writeable)
        if region is not None:
            array.flags.writeable = False  # where it was lent to the node: what is sent does not change
        else:
            slot = self._pool.take(array.nbytes)
            slot.fill(array)
            self.copies += 1
            region = (slot.number, 0, array.nbytes)
        slots = [region[0]]
        self.loans.close(slots)
        return [header, [region], slots, array.dtype.str, array.shape]

    def _encode_pickle(self, header: bytes, raw: list[memoryview]) -> tuple[Any, list[Any], list[int]]:
        buffers: list[Any] = []
        slots: list[int] = []
        own: list[tuple[int, memoryview]] = []  # where in `buffers`, and what
        for buffer in raw:
            region = None
            if buffer.nbytes > INLINE_LIMIT:
                address = address_of(np.frombuffer(buffer, np.uint8))
                region = self._located(address, buffer.nbytes, is_writable=not buffer.readonly)
            if region is None:
                own.append((len(buffers), buffer))
            elif region[0] not in slots:
                slots.append(region[0])
            buffers.append(region)
        pieces: list[tuple[int, memoryview]] = [(-1, memoryview(header)), *own]
        if sum(piece.nbytes for _, piece in pieces) <= INLINE_LIMIT:
            for i, buffer in own:
                buffers[i] = bytes(buffer)
            self.loans.close(slots)
            return header, buffers, slots
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
        return head, buffers, slots

    def _located(self, address: int, size_bytes: int, *, is_writable: bool) -> Region | None:
        """Where memory is, if it is in a slot already and need not be copied."""
        if not is_writable:
            region = self._views.locate(address, size_bytes)
            self.forwards += region is not None
            if region is not None:
                return region
        # One that may not be written to is what a member of a fused chain was given by the one before.
        lent = self.loans.send(address, size_bytes)
        return None if lent is None else (*lent, size_bytes)

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


def decode(descriptor: Descriptor, views: SlotViews, *, private: bool = False, writable: bool = True) -> Any:
    """The object that a descriptor describes.

    Parameters
    ----------
    descriptor : Descriptor
        As a writer made it.
    views : SlotViews
        Of the reading task: the arrays of the object look straight into the slots. Each slot is released
        once, when the last array into it is gone.
    private : bool
        Copy, so that arrays hold no slot.
    writable : bool
        Whether the copies may be written to.

    Raises
    ------
    DescriptorError
        It fits none of the run's slots: pickles and pixels are read from nowhere else.
    FileNotFoundError
        A slot that it names is gone.
    PayloadLostError
        A slot that it names was on another host, and cannot be had any more.
    Exception
        Whatever unpickling raises.
    """
    if isinstance(descriptor, bytes):
        return pickle.loads(descriptor)
    if isinstance(descriptor, list) and len(descriptor) in WITH_EDITIONS:
        descriptor = views.present(descriptor)
    if isinstance(descriptor, list) and len(descriptor) == 5:
        array = array_of(descriptor, views)
        if private:
            array = array.copy()
            array.flags.writeable = writable
        return array, pickle.loads(descriptor[0])
    header, parts = pickle_of(descriptor, views)
    if private:
        parts = [(bytearray if writable else bytes)(part) for part in parts]
    return pickle.loads(header, buffers=parts)


def pickle_of(descriptor: Descriptor, views: SlotViews) -> tuple[Buffer, list[Buffer]]:
    """The pickle of a descriptor of the second form, and its buffers, in their slots."""
    header, buffers, slots = pickle_parts(descriptor)
    seen = {slot: views.look(slot, (views.size_of(slot),)).data for slot in slots}

    def found(part: Any) -> Buffer:
        return part if isinstance(part, bytes) else _part(seen, part)

    return found(header), [found(part) for part in buffers]


def array_of(descriptor: list[Any], views: SlotViews) -> NDArray[Any]:
    """The array of a descriptor of the third form, in its slot."""
    (slot, offset, length), dtype, shape = array_parts(descriptor)
    try:
        kind, sides = _layout(dtype, tuple(shape), length)
        return views.look(slot, sides, kind, offset, length)
    except (TypeError, ValueError, SyntaxError) as error:  # NumPy has these for a dtype that is none
        raise DescriptorError(f"slot {slot:x} has no such array in it: {error}") from None


@lru_cache(maxsize=64)
def _layout(dtype: str, shape: tuple[int, ...], length: int) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The layout of an array of numbers in so many bytes; it is checked once, for all frames that have it."""
    kind, sides = np.dtype(dtype), tuple([index(side) for side in shape])
    if kind.kind in NUMBERS and min(sides, default=0) >= 0 and prod(sides) * kind.itemsize == length:
        return kind, sides
    raise DescriptorError(f"an array of numbers in {length} bytes has another dtype or shape")


def _part(seen: dict[int, memoryview], region: Region) -> memoryview:
    slot, offset, length = region
    if offset + length > len(seen[slot]):
        raise DescriptorError(f"slot {slot:x} ends before byte {offset + length}")
    return seen[slot][offset : offset + length]


def _is_large_array(value: Any) -> TypeGuard[NDArray[Any]]:
    """Whether a value is nothing but numbers in rows, and more of them than travel in a message."""
    if type(value) is not np.ndarray or value.nbytes <= INLINE_LIMIT or value.dtype.kind not in NUMBERS:
        return False
    flags = value.flags
    return flags.c_contiguous or not flags.f_contiguous  # a pickle keeps the order of columns first


def pickled(value: Any) -> tuple[bytes, list[memoryview]]:
    """The pickle of a value, and the large buffers that are not in it, where they are.

    Raises
    ------
    Exception
        Whatever pickling the value raises.
    """
    raw: list[pickle.PickleBuffer] = []
    try:
        header = pickle.dumps(value, protocol=5, buffer_callback=raw.append)
    except Exception:  # noqa: BLE001  such as those of the main script, which others cannot import
        raw.clear()
        header = pickling.dumps(value, buffer_callback=raw.append)
    return header, [buffer.raw() for buffer in raw] if raw else []
