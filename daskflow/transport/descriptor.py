"""What stands for a payload on its way: small ones whole, for large ones where their bytes are."""

from __future__ import annotations

from typing import Any

INLINE_LIMIT = 16 * 1024
"""Payloads up to this many bytes travel in the message itself: cheaper than a slot and its release."""

Region = tuple[int, int, int]
"""A part of a slot: slot number, offset and length in bytes."""

Descriptor = bytes | list[Any]
"""One of three forms.

``pickle``
    The whole payload.
``[pickle, buffers, slots]``
    The pickle, its out-of-band buffers, and the slots that they are in. Pickle and buffers are either bytes
    or a `Region`.
``[pickle, [region], [slot], dtype, shape]``
    An array and what goes with it, which is what is pickled: NumPy's own pickles cost several times as much
    as everything else about a frame.
"""


def slots_of(descriptor: Descriptor) -> tuple[int, ...]:
    """The slots that a descriptor names, each once."""
    return () if isinstance(descriptor, bytes) else tuple(descriptor[2])
