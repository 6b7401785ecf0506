"""What stands for a payload on its way: small ones whole, for large ones where their bytes are."""

from __future__ import annotations

from typing import Any

from daskflow.errors import DescriptorError

_SLOTS = 1 << 63  # numbers that there can be
_MOST_DIMENSIONS = 64  # of an array of NumPy

INLINE_LIMIT = 16 * 1024
"""Payloads up to this many bytes travel in the message itself: cheaper than a slot and its release."""

Region = tuple[int, int, int]
"""A part of a slot: slot number, offset and length in bytes."""

Descriptor = bytes | list[Any]
"""One of three forms, of which the last two may have another part: the edition of each slot.

``pickle``
    The whole payload.
``[pickle, buffers, slots]``
    The pickle, its out-of-band buffers, and the slots that they are in. Pickle and buffers are either bytes
    or a `Region`.
``[pickle, [region], [slot], dtype, shape]``
    An array and what goes with it, which is what is pickled: NumPy's own pickles cost several times as much
    as everything else about a frame.

The editions are there where the run is on several hosts. They say which life of a slot is meant, of which
there may be a copy on another host; `daskflow.transport.views.SlotViews.present` takes them off.
"""

WITH_EDITIONS = (4, 6)
"""How many parts a descriptor has that names editions."""


def pickle_parts(descriptor: Any) -> tuple[Any, list[Any], list[int]]:
    """The parts of a descriptor of the second form; refuses what no writer makes.

    That a region is inside of its slot is checked where the slot is mapped.

    Raises
    ------
    DescriptorError
        It has another form, or names a slot or a region that there cannot be.
    """
    if type(descriptor) is not list or len(descriptor) != 3:
        raise DescriptorError("a descriptor is bytes, or a list of 3 or 5 parts")
    head, buffers, slots = descriptor
    if type(slots) is not list or type(buffers) is not list:
        raise DescriptorError("a descriptor has lists of buffers and slots")
    for slot in slots:
        if type(slot) is not int or not 0 <= slot < _SLOTS:
            raise DescriptorError("a slot is named by its number")
    for part in (head, *buffers):
        if type(part) is not bytes:
            _check_region(part, slots)
    return head, buffers, slots


def array_parts(descriptor: list[Any]) -> tuple[Region, str, list[int]]:
    """Region, dtype and shape of an array's descriptor; refuses what no writer makes. For each frame: quick.

    Raises
    ------
    DescriptorError
        It has another form, or names a slot or a region that there cannot be.
    """
    try:
        header, ((slot, offset, length),), (same_slot,), dtype, shape = descriptor
    except (TypeError, ValueError):
        raise DescriptorError("an array is in one region, of one slot") from None
    if type(header) is not bytes or type(dtype) is not str or type(shape) not in (list, tuple):
        raise DescriptorError("an array has its metadata in bytes, the name of a dtype, and a shape")
    if len(shape) > _MOST_DIMENSIONS:
        raise DescriptorError(f"an array has at most {_MOST_DIMENSIONS} sides")
    if not (type(slot) is type(offset) is type(length) is int):
        raise DescriptorError("a region is slot, offset and length")
    if slot != same_slot or not 0 <= slot < _SLOTS or offset < 0 or length < 0:
        raise DescriptorError("a region is in a slot of its descriptor, and not before its beginning")
    return (slot, offset, length), dtype, shape


def _check_region(region: Any, slots: list[int]) -> None:
    if type(region) not in (list, tuple) or len(region) != 3 or any(type(n) is not int for n in region):
        raise DescriptorError("a region is slot, offset and length")
    slot, offset, length = region
    if slot not in slots or offset < 0 or length < 0:
        raise DescriptorError("a region is in a slot of its descriptor, and not before its beginning")


def slots_of(descriptor: Descriptor) -> tuple[int, ...]:
    """The slots that a descriptor names, each once."""
    return () if isinstance(descriptor, bytes) else tuple(descriptor[2])


def editions_of(descriptor: Descriptor) -> list[tuple[int, int]]:
    """The slots that a descriptor names, with their editions; none where it names no editions.

    Raises
    ------
    DescriptorError
        There is not one edition for each slot.
    """
    if isinstance(descriptor, bytes) or len(descriptor) not in WITH_EDITIONS:
        return []
    slots, editions = descriptor[2], descriptor[-1]
    if type(slots) is not list or type(editions) is not list or len(slots) != len(editions):
        raise DescriptorError("a descriptor has an edition for each slot")
    for slot, edition in zip(slots, editions, strict=True):
        if type(slot) is not int or not 0 <= slot < _SLOTS or type(edition) is not int or edition < 0:
            raise DescriptorError("a slot is named by its number, and its edition is one too")
    return list(zip(slots, editions, strict=True))
