"""What a task asks of its GPU: the one door to CUDA, so that everything behind it is tested without."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

INSTEAD = "dask.config.set({'daskflow.gpu-ipc': False}) brings such results to main memory instead"


class DeviceMemory(Protocol):
    """The memory of a task's GPU, and that part of main memory from and to which it copies by itself."""

    def allocate(self, size_bytes: int) -> tuple[int, bytes]:
        """Address and handle of a new block, which stays until the process ends.

        It is never given back, since other processes may have it open for as long as they live.

        Raises
        ------
        MemoryError
            There is no room for it.
        RuntimeError
            Its memory cannot be shared with other processes.
        """

    def open(self, handle: bytes) -> int:
        """Where a block of another process is in this one.

        Raises
        ------
        RuntimeError
            It cannot be reached.
        """

    def close(self, address: int) -> None:
        """Let go of a block of another process, into which no array looks any more."""

    def array(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], owner: object) -> Any:
        """An array over memory that lives as long as `owner`, which the array and all made from it keep."""

    def address_of(self, array: Any) -> int:
        """Where an array's first element is."""

    def copy(self, array: Any, address: int) -> None:
        """Copy an array, of any strides, to an address on the device in C order; does not block."""

    def synchronize(self) -> None:
        """Wait until everything is done that this process has queued on the device, in any stream.

        Raises
        ------
        RuntimeError
            Something of it went wrong.
        """

    def pin(self, address: int, size_bytes: int) -> None:
        """Lock pages of main memory, so that the device copies from and to them by itself.

        Raises
        ------
        RuntimeError
            These cannot be.
        """

    def unpin(self, address: int) -> None:
        """Unlock the pages at an address that `pin` was given."""
