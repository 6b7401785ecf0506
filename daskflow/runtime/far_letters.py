"""Dead letters that are kept on a host of somebody else's cluster, by a worker there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from daskflow.deadletters import DeadLetter, DeadLetterError
from daskflow.runtime.foreign import asking
from daskflow.runtime.sealed_letters import keep_sealed
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.far.far_slots import FarSlots
from daskflow.transport.far.presence import places_here
from daskflow.transport.hosts import host_tag
from daskflow.transport.views import SlotViews


async def keep_sealed_here(
    run_id: str, folder: str, letter: DeadLetter, descriptors: Sequence[Descriptor], dask_worker: Any = None
) -> str | None:
    """Keep a letter with its inputs on a worker's host, as `keep_sealed` does.

    For `Client.run`, which gives the worker.

    Returns
    -------
    str or None
        Empty if the letter is kept, else why it is not; None where the run has no places on this host.
    """
    places = places_here(run_id, host_tag(dask_worker.address))
    if places is None:
        return None
    loop, ask = asyncio.get_running_loop(), asking(dask_worker.scheduler, run_id)
    far = FarSlots(places, run_id, loop, ask, dask_worker.connection_args)

    def keep() -> str:
        try:
            keep_sealed(folder, letter, descriptors, SlotViews(places, far))
        except DeadLetterError as problem:
            return str(problem)
        finally:
            far.close()
        return ""

    return await asyncio.to_thread(keep)  # it waits for what this loop fetches
