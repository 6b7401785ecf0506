"""The way from the scheduler to the hosts of a run, where any worker can look into the run's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Any

from distributed import Client

from daskflow.cluster.foreign.roster import Roster


class Hosts:
    """Calls functions on workers of hosts. Lives on the scheduler's event loop.

    Parameters
    ----------
    client : distributed.Client
        An asynchronous one of this event loop.
    roster : Roster
        The workers.
    """

    def __init__(self, client: Client, roster: Roster) -> None:
        self._client = client
        self._roster = roster

    async def call_on_each(
        self, hosts: Collection[str], function: Callable[..., Any], *arguments: Any
    ) -> list[Any]:
        """Call a function on one worker of each of these hosts where there is any; what they returned."""
        there = [addresses[0] for host in hosts if (addresses := self._roster.on_host(host))]
        found = (
            await self._client.run(function, *arguments, workers=there, on_error="ignore") if there else {}
        )
        return list(found.values())

    async def call_on_first(
        self,
        hosts: Iterable[str],
        function: Callable[..., Any],
        *arguments: Any,
        timeout_s: float,
        avoided: str = "",
    ) -> Any:
        """Call a function on one worker after the other until there is an answer; None if there is none.

        Parameters
        ----------
        hosts : iterable of str
            Whose workers to ask, in this order.
        function : callable
            What to call there; returns None where another is to be asked.
        *arguments
            Of it.
        timeout_s : float
            How long to wait for each.
        avoided : str
            The address of a worker that is asked last of its host: it may be dying.
        """
        for host in hosts:
            for address in sorted(self._roster.on_host(host), key=lambda there: there == avoided):
                try:
                    async with asyncio.timeout(timeout_s):
                        found = await self._client.run(
                            function, *arguments, workers=[address], on_error="return"
                        )
                except (OSError, TimeoutError):
                    continue
                answer = found.get(address)
                if answer is not None and not isinstance(answer, BaseException):
                    return answer
        return None
