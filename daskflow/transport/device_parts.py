"""What stands in a payload for arrays that stay in GPU memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class DeviceBlock:
    """A slot in GPU memory.

    Attributes
    ----------
    slot : int
        Its number.
    handle : bytes
        What another process opens it with.
    size_bytes : int
        Of the block.
    owner : str
        Name of the task that owns it.
    """

    slot: int
    handle: bytes
    size_bytes: int
    owner: str


@dataclass(frozen=True, slots=True)
class DevicePart:
    """An array in a block.

    Attributes
    ----------
    block : DeviceBlock
        Where it is.
    offset : int
        In bytes, from the beginning of the block.
    shape : tuple of int
        Of the array, which is contiguous.
    dtype : numpy.dtype
        Of its elements.
    """

    block: DeviceBlock
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
