"""Where the slots of a task's process can be asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

Ask = Callable[[int, int], Awaitable[Any]]
"""Takes task and incarnation, and answers ``{"host": tag, "workers": [addresses]}``, or None."""


class Place(NamedTuple):
    """A host, and workers on it that can be asked, in the order in which to try them."""

    host: str
    workers: tuple[str, ...]


class Whereabouts:
    """Asks the scheduler where slots are, once for each process that owns any.

    Parameters
    ----------
    ask : callable
        Asks it.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[tuple[int, int], Place] = {}

    async def of(self, task: int, incarnation: int, *, is_new: bool = False) -> Place | None:
        """Where the slots of a task's process are; None if they are gone for good.

        Parameters
        ----------
        task, incarnation : int
            The process.
        is_new : bool
            Ask again: what was known has led nowhere.

        Raises
        ------
        OSError
            The scheduler cannot be asked.
        """
        owner = task, incarnation
        place = None if is_new else self._known.get(owner)
        if place is None:
            found: Mapping[str, Any] | None = await self._ask(task, incarnation)
            if found is None:
                self._known.pop(owner, None)
                return None
            place = self._known[owner] = Place(str(found["host"]), tuple(found["workers"]))
        return place
