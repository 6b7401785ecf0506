"""Pages of main memory that a GPU copies from and to by itself, at full speed and beside all else."""

from __future__ import annotations

import logging

from daskflow.transport.device_memory import DeviceMemory

logger = logging.getLogger("daskflow.transport")

MOST_PINNED = 64
"""Slots whose pages are locked at a time: those of a retired slot come back to the system only with that."""


class PinnedPages:
    """Locks the pages of slots, each once. Where that fails a copy is slower, and nothing else changes.

    Parameters
    ----------
    memory : DeviceMemory
        Of the task's GPU.
    """

    def __init__(self, memory: DeviceMemory) -> None:
        self._memory = memory
        self._pinned: dict[int, None] = {}  # by address, the oldest first

    def pin(self, address: int, size_bytes: int) -> None:
        """Lock the pages of a new mapping."""
        try:
            self._memory.pin(address, size_bytes)
        except Exception as error:  # noqa: BLE001  whatever CUDA has against it, the pages are as good unlocked
            logger.debug("%.1f MB of shared memory could not be pinned: %s", size_bytes / 1e6, error)
            return
        self._pinned[address] = None
        if len(self._pinned) > MOST_PINNED:
            self.unpin(next(iter(self._pinned)))

    def unpin(self, address: int) -> None:
        """Unlock the pages of a mapping that goes, if they are locked; waits until no copy is under way."""
        if address in self._pinned:
            del self._pinned[address]
            try:
                self._memory.synchronize()
                self._memory.unpin(address)
            except Exception as error:  # noqa: BLE001  a device that fails copies nothing more
                logger.debug("pages of shared memory could not be unpinned: %s", error)

    def close(self) -> None:
        """Unlock all."""
        for address in list(self._pinned):
            self.unpin(address)
