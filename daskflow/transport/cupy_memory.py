"""The memory of a task's GPU, by CuPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from daskflow.core.constants import GPU
from daskflow.core.device import array_module

NO_ROOM = 2
"""``cudaErrorMemoryAllocation``."""

KEPT: list[Any] = []
"""Blocks and streams of this process: readers may look into a block after the task that made it has ended."""


class CupyMemory:
    """A `DeviceMemory`; from then on CuPy's current stream in the calling thread is one of the task's own.

    The stream does not wait for the null stream, in which other libraries work, nor that for it.

    Raises
    ------
    ImportError
        CuPy is not installed.
    RuntimeError
        It finds no GPU that it can use.
    """

    def __init__(self) -> None:
        cupy = self._cupy = array_module(GPU)
        runtime = self._runtime = cupy.cuda.runtime
        runtime.getDeviceCount()  # it raises where there is none; making a stream would write to stderr too
        self._device = cupy.cuda.Device().id
        self._stream = cupy.cuda.Stream(non_blocking=True)
        self._stream.use()
        KEPT.append(self._stream)

    def allocate(self, size_bytes: int) -> tuple[int, bytes]:
        """Address and handle of a new block."""
        try:
            block = self._new_block(size_bytes)
        except MemoryError:
            self._cupy.get_default_memory_pool().free_all_blocks()  # what CuPy keeps for later
            block = self._new_block(size_bytes)
        handle = bytes(self._runtime.ipcGetMemHandle(block.ptr))
        KEPT.append(block)
        return block.ptr, handle

    def open(self, handle: bytes) -> int:
        """Where a block of another process is in this one."""
        return int(self._runtime.ipcOpenMemHandle(handle))

    def close(self, address: int) -> None:
        """Let go of a block of another process."""
        self._runtime.ipcCloseMemHandle(address)

    def array(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], owner: object) -> Any:
        """An array over memory that lives as long as `owner`."""
        cuda = self._cupy.cuda
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        memory = cuda.UnownedMemory(address, size, owner, self._device)
        return self._cupy.ndarray(shape, dtype, cuda.MemoryPointer(memory, 0))

    def address_of(self, array: Any) -> int:
        """Where an array's first element is."""
        return int(array.data.ptr)

    def copy(self, array: Any, address: int) -> None:
        """Copy an array to an address on the device."""
        if array.nbytes:
            self._cupy.copyto(self.array(address, array.shape, array.dtype, None), array)

    def synchronize(self) -> None:
        """Wait until everything is done that this process has queued."""
        # Not the stream alone: a node may use a library that works in another.
        self._runtime.deviceSynchronize()

    def pin(self, address: int, size_bytes: int) -> None:
        """Lock pages of main memory."""
        self._runtime.hostRegister(address, size_bytes, 0)

    def unpin(self, address: int) -> None:
        """Unlock them."""
        self._runtime.hostUnregister(address)

    def _new_block(self, size_bytes: int) -> Any:
        """A block by cudaMalloc, not from CuPy's pool: a handle stands for a whole allocation."""
        try:
            return self._cupy.cuda.Memory(size_bytes)
        except self._runtime.CUDARuntimeError as error:
            if error.status != NO_ROOM:
                raise
            raise MemoryError(f"no room for {size_bytes / 1e6:.1f} MB on the GPU") from error
