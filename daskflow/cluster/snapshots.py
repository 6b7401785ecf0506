"""How snapshots leave the scheduler's process: an operation of the scheduler that any Dask comm may call."""

from __future__ import annotations

from typing import Any

import msgpack
from distributed.utils import offload

from daskflow.monitor.records import FORM, to_record
from daskflow.monitor.runs import RUNS
from daskflow.version import __version__

OPERATION = "daskflow_snapshots"
"""What the operation is called."""


def install(scheduler: Any) -> None:
    """Let a scheduler tell of the runs of its process; once more does no harm.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        The scheduler, in this process; to be called on its event loop.
    """
    scheduler.handlers[OPERATION] = _tell


async def _tell(history: bool = False) -> dict[str, Any]:
    """What the operation answers; runs in the scheduler's process.

    Records are made and packed in Dask's thread for such work: the event loop only sends bytes.
    """
    return {"form": FORM, "version": __version__, "runs": await offload(_packed_runs, history)}


def _packed_runs(history: bool) -> bytes:
    # Who asks judges too: in this process it would be time that the ledger's thread may want.
    records = [to_record(run.latest(), history=history, verdict=False) for run in RUNS.all()]
    packed: bytes = msgpack.packb(records)
    return packed
