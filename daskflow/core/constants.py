"""The words a user passes to flows and nodes."""

from __future__ import annotations

from enum import Enum
from typing import Final

BATCH: Final = "batch"
"""Of a flow: a full edge slows its producer, and nothing is lost."""

REALTIME: Final = "realtime"
"""Of a flow: a full edge drops its oldest waiting message, and the producer is never slowed."""

FLOW_TYPES: Final = (BATCH, REALTIME)

CPU: Final = "cpu"
"""Of a processor: its tasks run on processor cores."""

GPU: Final = "gpu"
"""Of a processor: its tasks would like a GPU each, or a share of one."""

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
