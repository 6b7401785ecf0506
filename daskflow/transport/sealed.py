"""A payload taken out of its slots without being unpickled: that may run code, or crash."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.transport.descriptor import WITH_EDITIONS, Descriptor
from daskflow.transport.payload import array_of, pickle_of
from daskflow.transport.views import SlotViews


class Sealed:
    """Stands for a payload; whoever unpickles this has the payload itself.

    Parameters
    ----------
    open_ : callable
        Makes the payload.
    arguments : tuple
        Of it.
    array : numpy.ndarray, optional
        What is in it, if it is an array and its metadata.
    """

    def __init__(
        self, open_: Callable[..., Any], arguments: tuple[Any, ...], array: NDArray[Any] | None = None
    ) -> None:
        self._reduced = open_, arguments
        self.shape = None if array is None else array.shape
        """Of an array that can be told without opening; None of anything else."""
        self.dtype = None if array is None else array.dtype.str

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._reduced


def seal(descriptor: Descriptor, views: SlotViews) -> Sealed:
    """A copy of all that a descriptor describes.

    Raises
    ------
    DescriptorError, FileNotFoundError, PayloadLostError
        As for `daskflow.transport.payload.decode`.
    """
    if isinstance(descriptor, bytes):
        return Sealed(_opened, (descriptor, []))
    if len(descriptor) in WITH_EDITIONS:
        descriptor = views.present(descriptor)
    if len(descriptor) == 5:
        array = array_of(descriptor, views)
        return Sealed(_opened_array, (descriptor[0], array.tobytes(), array.dtype.str, array.shape), array)
    header, parts = pickle_of(descriptor, views)
    return Sealed(_opened, (bytes(header), [bytes(part) for part in parts]))


def _opened(header: bytes, parts: list[bytes]) -> Any:
    return pickle.loads(header, buffers=[bytearray(part) for part in parts])


def _opened_array(header: bytes, data: bytes, dtype: str, shape: tuple[int, ...]) -> Any:
    return np.frombuffer(bytearray(data), dtype).reshape(shape), pickle.loads(header)
