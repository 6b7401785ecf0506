"""The last page of a slot's file, where the run is on several hosts: which life of the slot is in it."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgpack

PAGE = mmap.PAGESIZE
"""Bytes of a trailer."""

NO_EDITION = 0
"""Of a slot that holds nothing whole; the first life of a slot has edition 1."""

_EDITION = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")
_ABOUT = _EDITION.size + _LENGTH.size


class About(NamedTuple):
    """What is in a slot.

    Attributes
    ----------
    size_bytes : int
        From the slot's beginning; what follows is of no one.
    compression : str or None
        How it is to be compressed between hosts, as the node says whose result it is.
    dtype, shape : str, sequence of int
        Of an array that is all there is in it; else empty.
    """

    size_bytes: int
    compression: str | None = None
    dtype: str = ""
    shape: Sequence[int] = ()


def write_trailer(memory: mmap.mmap, edition: int, about: bytes) -> None:
    """Say in a slot's trailer what is in it: the edition last, since it says that all else is there."""
    start = len(memory) - PAGE
    _EDITION.pack_into(memory, start, NO_EDITION)
    end = start + _ABOUT + len(about)
    _LENGTH.pack_into(memory, start + _EDITION.size, len(about))
    memory[start + _ABOUT : end] = about
    _EDITION.pack_into(memory, start, edition)


def blank_trailer(memory: mmap.mmap) -> None:
    """Say that nothing whole is in a slot."""
    _EDITION.pack_into(memory, len(memory) - PAGE, NO_EDITION)


def edition_of(memory: mmap.mmap) -> int:
    """Which edition is in a slot, whole."""
    edition: int = _EDITION.unpack_from(memory, len(memory) - PAGE)[0]
    return edition


def packed(about: About) -> bytes:
    """What is in a slot, as bytes for `write_trailer`."""
    data: bytes = msgpack.packb(about)
    if len(data) > PAGE - _ABOUT:  # a dtype of numbers is short, and so are 64 sides
        raise ValueError("what is said of a slot fits on a page")
    return data


def about_of(memory: mmap.mmap) -> bytes:
    """What is said of a slot, for `write_trailer` or `unpacked`."""
    start = len(memory) - PAGE + _ABOUT
    (length,) = _LENGTH.unpack_from(memory, start - _LENGTH.size)
    return memory[start : start + length]


def unpacked(about: bytes) -> About:
    """What is in a slot.

    Raises
    ------
    ValueError
        The bytes are not those of `packed`.
    """
    try:
        fields: Any = msgpack.unpackb(about)
        return About(*fields)
    except Exception as error:  # noqa: BLE001  msgpack raises many kinds
        raise ValueError(f"no description of a slot ({type(error).__name__})") from None
