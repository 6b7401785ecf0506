"""What is left of a simulated process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

from daskflow.cluster.aftermath import Aftermath
from daskflow.ledger import Dead, Ledger
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import call_under_way
from daskflow.transport.places import RunPlaces


class SimulatedAftermath(Aftermath):
    """As in a real run, but for what only a real process leaves.

    Parameters
    ----------
    ledger, tasks, places, note_over
        As for `Aftermath`.
    note_dead : callable
        Told of each message that is given up since its processes died: its node, and number.
    """

    def __init__(
        self,
        ledger: Ledger,
        tasks: Sequence[TaskSpec],
        places: RunPlaces,
        note_over: Callable[[], None],
        note_dead: Callable[[str, int], None],
    ) -> None:
        super().__init__(ledger, tasks, places, note_over)
        self._simulated_places = places
        self._note_dead = note_dead
        self._in_hand: dict[tuple[int, int], int] = {}
        self.exits[os.getpid()] = -signal.SIGKILL  # all tasks say this process id

    def note_death(self, task: int) -> None:
        """Look at what a process was doing, before its thread unwinds and wipes that out."""
        call = call_under_way(self._simulated_places, task)
        if call is not None:
            self._in_hand[task, call.incarnation] = call.number

    def number_in_hand(self, task: int, incarnation: int) -> int | None:
        """The number that the node of a process was working on."""
        return self._in_hand.get((task, incarnation))

    def write_down(self, dead: Dead) -> None:
        """Keep a message that is given up."""
        self._note_dead(dead.task.node.spec.name, dead.number)
        super().write_down(dead)
