"""What is left of a simulated process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

from daskflow.cluster.aftermath import Aftermath
from daskflow.ledger import Dead, Ledger
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Records


class SimulatedAftermath(Aftermath):
    """As in a real run, but for what only a real process leaves.

    Parameters
    ----------
    ledger, tasks, places, note_over, records
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
        records: Records,
        note_dead: Callable[[str, int], None],
    ) -> None:
        super().__init__(ledger, tasks, places, lambda: None, note_over, records)
        self._note_dead = note_dead
        self.note_exit(os.getpid(), -signal.SIGKILL)  # all tasks say this process id

    def write_down(self, dead: Dead, bury: Callable[[], object]) -> None:
        """Log that a message is given up, and keep it if there is a folder for it."""
        self._note_dead(dead.task.node.spec.name, dead.number)
        super().write_down(dead, bury)
