"""The flows that can be looked at: those of this user on this machine, or those of one scheduler."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from daskflow.cluster.asking import SchedulerAsked, Unanswered
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.transport.announcing import announced

REST_S = 30.0
"""How long a scheduler that gave no answer is left alone, so that the others are shown meanwhile."""


class Sighting:
    """Finds running flows and asks for their snapshots; for one event loop.

    Parameters
    ----------
    address : str or None
        Of a scheduler, as for `SchedulerAsked`; None for all runs of this user on this machine.
    wanted : str or None
        Only flows of this name, or the run whose id begins so.

    Raises
    ------
    ValueError
        The address is none.
    """

    def __init__(self, address: str | None = None, wanted: str | None = None) -> None:
        self._only = None if address is None else SchedulerAsked(address)
        self._wanted = wanted
        self._asked: dict[str, SchedulerAsked] = {}
        self._resting: dict[str, float] = {}  # until when, by address
        self.others: tuple[str, ...] = ()
        """Names of flows that run, but were not wanted."""
        self.troubles: dict[str, str] = {}
        """Why schedulers that were found gave no answer, by address."""

    async def look(self, *, history: bool = False) -> list[RunSnapshot]:
        """The latest snapshots, by the time the runs began; of runs that have ended nothing is left.

        Parameters
        ----------
        history : bool, default False
            Whether earlier moments are wanted too.

        Raises
        ------
        Unanswered
            The one scheduler that was asked for gave no answer.
        """
        if self._only is not None:
            found = await self._only.snapshots(history=history)
        else:
            found = await self._look_around(history)
        runs = {snapshot.run_id: snapshot for snapshot in found}  # one process may have several schedulers
        chosen = [snapshot for snapshot in runs.values() if self._is_wanted(snapshot)]
        self.others = tuple(s.flow_name for s in runs.values() if not self._is_wanted(s))
        return chosen

    async def close(self) -> None:
        """Close all connections."""
        everybody = [*self._asked.values(), *([] if self._only is None else [self._only])]
        await asyncio.gather(*(asked.close() for asked in everybody))

    def _is_wanted(self, snapshot: RunSnapshot) -> bool:
        wanted = self._wanted
        return wanted is None or snapshot.flow_name == wanted or snapshot.run_id.startswith(wanted)

    async def _look_around(self, history: bool) -> list[RunSnapshot]:
        now = time.monotonic()
        addresses = list(dict.fromkeys(found.address for found in announced()))
        for gone in self._asked.keys() - set(addresses):
            await self._asked.pop(gone).close()
        for gone in self.troubles.keys() - set(addresses):
            del self.troubles[gone]
        due = [address for address in addresses if self._resting.get(address, 0.0) <= now]
        answers = await asyncio.gather(*(self._ask(address, history) for address in due))
        found = [snapshot for answer in answers for snapshot in answer]
        if not found:
            self._resting.clear()  # nobody waits for an answer meanwhile
        return found

    async def _ask(self, address: str, history: bool) -> Sequence[RunSnapshot]:
        self.troubles.pop(address, None)
        try:
            if address not in self._asked:
                self._asked[address] = SchedulerAsked(address)
            return await self._asked[address].snapshots(history=history)
        except (Unanswered, ValueError) as trouble:
            if not (isinstance(trouble, Unanswered) and trouble.is_gone):  # else what a killed run has left
                self.troubles[address] = str(trouble)
                self._resting[address] = time.monotonic() + REST_S
            return []
