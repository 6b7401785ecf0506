"""The words a user passes to flows and nodes."""

from __future__ import annotations

from enum import Enum
from typing import Final

BATCH: Final = "batch"
REALTIME: Final = "realtime"
FLOW_TYPES: Final = (BATCH, REALTIME)

CPU: Final = "cpu"
GPU: Final = "gpu"
DEVICE_TYPES: Final = (CPU, GPU)

SOCKET: Final = "socket"
"""Tasks reach the ledger over a UNIX socket of the scheduler's host."""

COMM: Final = "comm"
"""Tasks reach the ledger over Dask's comms, from any host."""

CARRIERS: Final = (SOCKET, COMM)


class Skip(Enum):
    """Type of `SKIP`; an enumeration, so that the one value stays the same object in every process."""

    SKIP = "SKIP"

    def __repr__(self) -> str:
        return "SKIP"


SKIP: Final = Skip.SKIP
"""Returned by `process()` to say: nothing for this input. `None`, in contrast, is a value like any other."""
