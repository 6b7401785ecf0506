"""A reader's views into GPU memory of others: opened once, watched until the last array is gone."""

from __future__ import annotations

from typing import Any

from daskflow.errors import GpuSharingError
from daskflow.ledger.slots import slot_owner
from daskflow.transport.device_memory import INSTEAD, DeviceMemory
from daskflow.transport.device_parts import DeviceBlock, DevicePart
from daskflow.transport.views import SlotViews


class Look:
    """What all arrays of one reading of a slot keep: its end is the end of them all."""

    __slots__ = ("__weakref__",)


class DeviceViews:
    """Arrays over slots in GPU memory, and the word when they are gone.

    They can be written to, as CuPy knows no others; nobody may.

    Parameters
    ----------
    memory : DeviceMemory
        Of the task's GPU.
    views : SlotViews
        Of the same task: it says when the arrays are gone.
    """

    def __init__(self, memory: DeviceMemory, views: SlotViews) -> None:
        self._memory = memory
        self._views = views
        self._opened: dict[int, tuple[int, DeviceBlock]] = {}  # by slot: its address here

    def look(self, slot: int) -> Look:
        """What `array` is given for arrays of one reading of a slot, which is released once it is gone."""
        look = Look()
        self._views.watch(look, slot)
        return look

    def array(self, part: DevicePart, look: Look) -> Any:
        """The array that a part stands for.

        Raises
        ------
        GpuSharingError
            Its block cannot be opened here.
        """
        address = self._address(part.block) + part.offset
        return self._memory.array(address, part.shape, part.dtype, look)

    def locate(self, address: int, size_bytes: int) -> tuple[DeviceBlock, int] | None:
        """In which block of another task memory lies, and at what offset; None if it is of this process."""
        for start, block in self._opened.values():
            offset = address - start
            if offset >= 0 and offset + size_bytes <= block.size_bytes:
                return block, offset
        return None

    def _address(self, block: DeviceBlock) -> int:
        known = self._opened.get(block.slot)
        if known is not None:
            return known[0]
        self._close_those_before(block)
        try:
            address = self._memory.open(block.handle)
        except Exception as error:
            raise GpuSharingError(
                f"results of task {block.owner} are in GPU memory, which could not be shared between its "
                f"process and this one ({error}): {INSTEAD}"
            ) from error
        self._opened[block.slot] = address, block
        return address

    def _close_those_before(self, block: DeviceBlock) -> None:
        """Let go of what an owner that is gone has left, now that its successor has a block."""
        task, incarnation = slot_owner(block.slot)
        left = [
            slot
            for slot in self._opened
            if slot_owner(slot)[0] == task and slot_owner(slot)[1] < incarnation
            if not self._views.is_watched(slot)
        ]
        if left:
            self._memory.synchronize()
        for slot in left:
            self._memory.close(self._opened.pop(slot)[0])
