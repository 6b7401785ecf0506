"""Slots in GPU memory as their owner sees them: blocks that it recycles and never gives back."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from daskflow.transport.device_memory import DeviceMemory
from daskflow.transport.device_parts import DeviceBlock

logger = logging.getLogger("daskflow.transport")

GRAIN = 2 * 1024 * 1024
"""Blocks are multiples of this: CUDA shares smaller ones together with what lies beside them."""


@dataclass(frozen=True, slots=True)
class OwnedBlock:
    """A block, and where it is in this process."""

    block: DeviceBlock
    address: int


class DeviceSlots:
    """The blocks of one task: of the free ones the smallest that will do is written again.

    A block is not given back while the run lasts, although none may need its size any more: its readers have
    it open, and CUDA leaves undefined what they see then. As sizes are rounded, there are few of them.

    Parameters
    ----------
    first_number : int
        The number of the first slot; the others follow.
    owner : str
        Name of the task.
    memory : DeviceMemory
        Of its GPU.
    """

    def __init__(self, first_number: int, owner: str, memory: DeviceMemory) -> None:
        self._next_number = first_number
        self._owner = owner
        self._memory = memory
        self._used: dict[int, OwnedBlock] = {}
        self._free: list[OwnedBlock] = []  # in the order they were freed
        self._is_shared = True
        self._has_warned = False

    def take(self, size_bytes: int) -> OwnedBlock | None:
        """A block of at least so many bytes that nobody looks into.

        None if there is no room on the device for another, or its memory cannot be shared; the first time,
        the log says so.
        """
        fitting = [owned for owned in reversed(self._free) if owned.block.size_bytes >= size_bytes]
        if fitting:
            owned = min(fitting, key=lambda owned: owned.block.size_bytes)
            self._free.remove(owned)
        else:
            made = self._new_block(_rounded(size_bytes))
            if made is None:
                return None
            owned = made
        self._used[owned.block.slot] = owned
        return owned

    def recycle(self, slot: int) -> None:
        """Note that nobody looks into a slot any more."""
        self._free.append(self._used.pop(slot))

    def _new_block(self, size_bytes: int) -> OwnedBlock | None:
        if not self._is_shared:
            return None
        try:
            address, handle = self._memory.allocate(size_bytes)
        except MemoryError as error:
            self._warn(f"{error}, or its other users leave none")
            return None
        except RuntimeError as error:
            self._is_shared = False
            self._warn(f"GPU memory cannot be shared between processes here ({error})")
            return None
        block = DeviceBlock(self._next_number, handle, size_bytes, self._owner)
        self._next_number += 1
        return OwnedBlock(block, address)

    def _warn(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning("task %s: %s; results go through main memory", self._owner, reason)

    def __len__(self) -> int:
        return len(self._used) + len(self._free)


def _rounded(size_bytes: int) -> int:
    """Up to a quarter more than asked, so that arrays of varying size find each other's blocks."""
    step = max(GRAIN, 1 << max(0, size_bytes.bit_length() - 3))
    return -(-max(size_bytes, 1) // step) * step
