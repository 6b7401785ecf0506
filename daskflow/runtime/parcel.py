"""What one member of a fused chain hands the next: what would come out of an edge, without the way."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from daskflow.runtime.runner import Message
from daskflow.transport.payload import NUMBERS, pickled

UNCHANGEABLE = frozenset({bool, int, float, complex, str, bytes, type(None)})
"""Types whose objects may be shared."""


class Parcel:
    """A message between two calls in one process; it can be opened as often as the receiver is called.

    What comes out is what a reader in another process would get: arrays are read-only, or copies of the
    receiver's own where it asks for those, and everything else is a copy, so that what the receiver does to
    it is unknown to who gave it. Arrays are not copied but for that, and numbers and texts are shared.

    Parameters
    ----------
    message : (object, dict)
        What a member returned, with its metadata. It does not change as long as the parcel is in use.

    Raises
    ------
    Exception
        Whatever pickling it raises.
    """

    __slots__ = ("_metadata", "_value")

    def __init__(self, message: Message) -> None:
        value, metadata = message
        self._value = _opener(value)
        is_plain = all(type(each) in UNCHANGEABLE for each in metadata.values())
        self._metadata = (lambda _: metadata.copy()) if is_plain else _opener(metadata)

    def open(self, *, private: bool) -> Message:
        """The message.

        Parameters
        ----------
        private : bool
            Whether arrays are copied, and may be written to.
        """
        return self._value(private), self._metadata(private)


def _opener(value: Any) -> Callable[[bool], Any]:
    if type(value) in UNCHANGEABLE:
        return lambda _: value
    if type(value) is np.ndarray and value.dtype.kind in NUMBERS:
        flags = value.flags
        array = value if flags.c_contiguous or flags.f_contiguous else np.ascontiguousarray(value)
        return lambda private: array.copy(order="K") if private else _read_only(array)
    header, buffers = pickled(value)
    views = [buffer.toreadonly() for buffer in buffers]
    return lambda private: pickle.loads(header, buffers=map(bytearray, views) if private else views)


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view = array.view()
    view.flags.writeable = False
    return view
