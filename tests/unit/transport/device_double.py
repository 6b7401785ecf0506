"""A GPU in NumPy: processes that share it, and a queue of work that is done when somebody waits for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

handles = itertools.count()


class DeviceArray:
    """What matters here of a `cupy.ndarray`."""

    def __init__(self, memory: FakeMemory, address: int, array: np.ndarray, owner: object = None) -> None:
        self.memory, self.address, self.array, self.owner = memory, address, array, owner
        self.shape, self.dtype, self.nbytes = array.shape, array.dtype, array.nbytes
        self.ndim, self.size = array.ndim, array.size
        self.flags = SimpleNamespace(c_contiguous=array.flags.c_contiguous)

    @property
    def __cuda_array_interface__(self) -> Any:
        raise AssertionError("it is enough that it is there")

    def get(self, out: np.ndarray | None = None) -> np.ndarray:
        self.memory.synchronize()
        out = np.empty(self.shape, self.dtype) if out is None else out
        out[...] = self.array
        return out

    def copy(self) -> DeviceArray:
        return self.memory.put(self.array)

    def __getitem__(self, key: Any) -> DeviceArray:
        part = self.array[key]
        start = part.__array_interface__["data"][0] - self.array.__array_interface__["data"][0]
        return DeviceArray(self.memory, self.address + start, part, self.owner)


class FakeDevice:
    """What the processes share: the bytes behind each handle."""

    def __init__(self, room_bytes: int = 1 << 40, *, can_share: bool = True) -> None:
        self.room_bytes = room_bytes
        self.can_share = can_share
        self.blocks: dict[bytes, np.ndarray] = {}


class FakeMemory:
    """A `DeviceMemory` of one process."""

    def __init__(self, device: FakeDevice) -> None:
        self.device = device
        self.queue: list[Callable[[], Any]] = []
        self.opened: dict[int, bytes] = {}
        self.closed: list[int] = []
        self.pinned: dict[int, int] = {}
        self.can_pin = True
        self.pins = 0
        self.waits = 0
        self._mapped: dict[int, np.ndarray] = {}
        self._next_address = 1 << 30

    def allocate(self, size_bytes: int) -> tuple[int, bytes]:
        if size_bytes > self.device.room_bytes:
            raise MemoryError(f"no room for {size_bytes} bytes")
        if not self.device.can_share:
            raise RuntimeError("not supported")
        self.device.room_bytes -= size_bytes
        handle = f"handle {next(handles)}".encode()
        self.device.blocks[handle] = np.zeros(size_bytes, np.uint8)
        return self._map(self.device.blocks[handle]), handle

    def open(self, handle: bytes) -> int:
        if handle in self.opened.values():
            raise RuntimeError("open already")
        if handle not in self.device.blocks:
            raise RuntimeError("invalid handle")
        address = self._map(self.device.blocks[handle])
        self.opened[address] = handle
        return address

    def close(self, address: int) -> None:
        assert not self.queue, "something may still look into it"
        del self.opened[address]
        self.closed.append(address)

    def array(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], owner: object) -> DeviceArray:
        ((start, block),) = [(a, b) for a, b in self._mapped.items() if a <= address < a + b.nbytes]
        size = int(np.prod(shape)) * dtype.itemsize
        part = block[address - start : address - start + size]
        return DeviceArray(self, address, part.view(dtype).reshape(shape), owner)

    def address_of(self, array: DeviceArray) -> int:
        return array.address

    def copy(self, array: DeviceArray, address: int) -> None:
        target = self.array(address, array.shape, array.dtype, None)
        self.queue.append(lambda: np.copyto(target.array, array.array))

    def synchronize(self) -> None:
        self.waits += 1
        queue, self.queue = self.queue, []
        for work in queue:
            work()

    def pin(self, address: int, size_bytes: int) -> None:
        if not self.can_pin:
            raise RuntimeError("not supported")
        assert address not in self.pinned
        self.pins += 1
        self.pinned[address] = size_bytes

    def unpin(self, address: int) -> None:
        assert not self.queue, "it may still be copied from"
        del self.pinned[address]

    def put(self, array: Any) -> DeviceArray:
        """An array of the process's own, with the contents of another."""
        own = np.array(array)
        return DeviceArray(self, self._map(own.reshape(-1).view(np.uint8)), own)

    def _map(self, block: np.ndarray) -> int:
        address, self._next_address = self._next_address, self._next_address + block.nbytes + 4096
        self._mapped[address] = block
        return address
