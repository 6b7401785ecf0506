"""Payloads with arrays that stay in GPU memory: parts for them on the way out, arrays on the way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from daskflow.core.device import is_on_device, on_host
from daskflow.core.walk import with_replaced
from daskflow.ledger.slots import is_on_gpu
from daskflow.transport.descriptor import WITH_EDITIONS, Descriptor, slots_of
from daskflow.transport.device_memory import DeviceMemory
from daskflow.transport.device_parts import DevicePart
from daskflow.transport.device_slots import DeviceSlots
from daskflow.transport.device_views import DeviceViews
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.views import SlotViews

ALIGNMENT = 512
"""Arrays begin at multiples of this, as CuPy's own allocations do."""


class DeviceWriter:
    """Turns a task's results into descriptors, and leaves their arrays on the device.

    Parameters
    ----------
    writer : PayloadWriter
        For all else in a result.
    slots : DeviceSlots
        Where arrays go: those of one result into one slot.
    views : DeviceViews
        Of the same task: what lies in an input is named again.
    memory : DeviceMemory
        Of its GPU.
    empty : callable
        As for `on_host`, to which results go that find no slot.
    """

    def __init__(
        self,
        writer: PayloadWriter,
        slots: DeviceSlots,
        views: DeviceViews,
        memory: DeviceMemory,
        empty: Callable[..., NDArray[Any]],
    ) -> None:
        self._writer = writer
        self._slots = slots
        self._views = views
        self._memory = memory
        self._empty = empty

    def encode(self, value: Any) -> Descriptor:
        """The descriptor of a value; once it returns, its arrays are copied and may change.

        Raises
        ------
        RuntimeError
            The device fails.
        Exception
            As `PayloadWriter.encode`.
        """
        arrays = device_arrays(value)
        if not arrays:
            return self._writer.encode(value)
        parts = {id(array): part for array in arrays if (part := self._part_of_input(array)) is not None}
        named = {part.block.slot: None for part in parts.values()}
        own = [array for array in arrays if id(array) not in parts]
        if not own:
            return self._described(value, parts, list(named))
        offsets, size = _layout(own)
        owned = self._slots.take(size)
        if owned is None:
            return self._writer.encode(on_host(value, self._empty))
        try:
            for array, offset in zip(own, offsets, strict=True):
                self._memory.copy(array, owned.address + offset)
                parts[id(array)] = DevicePart(owned.block, offset, tuple(array.shape), array.dtype)
            self._memory.synchronize()  # whoever reads it knows nothing of our stream
            return self._described(value, parts, [*named, owned.block.slot])
        except BaseException:
            self._slots.recycle(owned.block.slot)
            raise

    def _part_of_input(self, array: Any) -> DevicePart | None:
        if not array.nbytes or not array.flags.c_contiguous:
            return None
        found = self._views.locate(self._memory.address_of(array), array.nbytes)
        return None if found is None else DevicePart(*found, tuple(array.shape), array.dtype)

    def _described(self, value: Any, parts: dict[int, DevicePart], on_device: list[int]) -> Descriptor:
        rest = with_replaced(value, is_on_device, lambda array: parts[id(array)])
        head, buffers, slots = self._writer.encode_pickled(rest)
        return self._writer.with_editions([head, buffers, [*slots, *on_device]])


def _layout(arrays: list[Any]) -> tuple[list[int], int]:
    """Where each array begins, and the size of all."""
    offsets, size = [], 0
    for array in arrays:
        offsets.append(size)
        size += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    return offsets, size


def device_arrays(value: Any) -> list[Any]:
    """The arrays on a device in a value, each once."""
    found: list[Any] = []

    def note(array: Any) -> Any:
        found.append(array)
        return array

    with_replaced(value, is_on_device, note)
    return found


def decode_with_device(
    descriptor: Descriptor, views: SlotViews, *, devices: DeviceViews, private: bool = False
) -> Any:
    """The object that a descriptor describes, with arrays on the device where it says so.

    Parameters
    ----------
    descriptor : Descriptor
        As a `DeviceWriter` or `PayloadWriter` made it.
    views : SlotViews
        Of the reading task.
    devices : DeviceViews
        Of the same task: arrays look straight into the memory of their owner.
    private : bool
        Copy, so that arrays may be written to and hold no slot.

    Raises
    ------
    GpuSharingError
        A block cannot be opened here.
    PayloadLostError
        As `decode`.
    """
    if isinstance(descriptor, list) and len(descriptor) in WITH_EDITIONS:
        descriptor = views.present(descriptor)
    looks = {slot: devices.look(slot) for slot in slots_of(descriptor) if is_on_gpu(slot)}
    if not looks or isinstance(descriptor, bytes):
        return decode(descriptor, views, private=private)
    head, buffers, slots = descriptor
    rest = decode([head, buffers, [slot for slot in slots if slot not in looks]], views, private=private)

    def array_of(part: DevicePart) -> Any:
        array = devices.array(part, looks[part.block.slot])
        return array.copy() if private else array

    return with_replaced(rest, lambda item: type(item) is DevicePart, array_of)
