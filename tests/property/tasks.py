"""What the process of a simulated task knows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from daskflow.ledger import Lease, Start
from tests.property.graphs import SimulatedNode

GONE, OPENING, OPEN, CLOSED = "gone", "opening", "open", "closed"


@dataclass(slots=True, eq=False)
class SimulatedTask:
    """What the process of a task knows."""

    index: int
    node: int
    plan: SimulatedNode
    eagerness: float
    target: int
    most_wanted: int = 0
    """The highest target that it has said since it was given leases."""
    phase: str = GONE
    incarnation: int = -1
    in_hand: list[Lease] = field(default_factory=list)
    views: Counter[int] = field(default_factory=Counter)
    free_slots: list[int] = field(default_factory=list)
    slots_made: int = 0
    emitted: int = 0
    has_ended_stream: bool = False
    room: int = 0
    inline_room: int = 0
    is_inline: bool = False
    memory: int = 0
    """What a node with memory knows: the lineage of all that it worked on."""
    since_snapshot: int = 0
    stop: bool = False
    ended: bool = False
    abort: bool = False
    is_retiring: bool = False
    host: int = 0

    def begin(self, start: Start) -> None:
        """Be a new process, which knows what it is told."""
        self.phase, self.incarnation = OPENING, start.incarnation
        self.memory = 0 if start.snapshot is None else start.snapshot.descriptor
        self.since_snapshot = 0
        if not self.plan.inputs:
            self.has_ended_stream = self.has_ended_stream and start.number == self.emitted
            self.emitted = start.number
        elif start.snapshot is not None:
            self.views.update(start.snapshot.slots)
        self.slots_made = self.room = self.inline_room = 0
        self.is_inline = False
        self.stop = self.ended = self.abort = False

    def die(self) -> None:
        """Lose all that is in the process."""
        self.phase = GONE
        self.in_hand.clear()
        self.views.clear()
        self.free_slots.clear()
