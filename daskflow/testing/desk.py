"""Where the ledger sits in a simulation: it hears what has come, from several at a time, and answers all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from daskflow.ledger import DEAD, FAILED, OUTPUT, SKIPPED
from daskflow.testing.agenda import Agenda
from daskflow.testing.arming import Armory
from daskflow.testing.link import Link, unpacked
from daskflow.transport import wire
from daskflow.transport.connection import Connection
from daskflow.transport.service import LedgerService

LONGEST_TURN_S = 0.0001
"""How long the ledger lets frames wait at most, before it takes in all that have come."""

HOW_IT_ENDED = {OUTPUT: "is done", SKIPPED: "is skipped", FAILED: "has failed", DEAD: "is given up"}


class Desk:
    """In place of the ledger's thread and its sockets.

    Parameters
    ----------
    agenda : Agenda
        Of the simulation.
    service : LedgerService
        The run's.
    armory : Armory
        Says which edges are slow.
    note_dead : callable
        Told of each message that a node has given up: its node, and number.
    """

    def __init__(
        self, agenda: Agenda, service: LedgerService, armory: Armory, note_dead: Callable[[str, int], None]
    ) -> None:
        self._agenda = agenda
        self._service = service
        self._armory = armory
        self._note_dead = note_dead
        self._waiting: dict[Link, deque[tuple[float, bytes | None]]] = {}
        self._given_s: dict[tuple[str, int], float] = {}  # when the ledger first heard of an output

    def connect(self, link: Link) -> Connection:
        """The ledger's end of a link."""
        self._waiting[link] = deque()
        return self._service.connect(link.tell)

    def carry(self, link: Link, time_s: float, data: bytes | None) -> None:
        """Note that a frame will come, or with None the end of the link."""
        self._waiting[link].append((time_s, data))
        self._agenda.at(time_s + self._agenda.random.uniform(0.0, LONGEST_TURN_S), self._take_in)

    def earliest_s(self, link: Link, frame: list[Any]) -> float:
        """The time before which a frame to a task may not arrive, since an edge is slow."""
        if frame[0] != wire.TOLD or not frame[1]:
            return 0.0
        return max(
            (
                self._given_s.get((source, number), 0.0) + by_s
                for source, by_s in self._armory.delays_into(link.process.spec.node_name)
                for number, _, _ in frame[1]
            ),
            default=0.0,
        )

    def _take_in(self) -> None:
        links = [link for link, frames in self._waiting.items() if self._has_come(frames)]
        if not links:
            return
        self._agenda.random.shuffle(links)
        for link in links:
            self._serve(link)
        self._service.flush()

    def _serve(self, link: Link) -> None:
        frames, come, has_ended = self._waiting[link], [], False
        while self._has_come(frames):
            data = frames.popleft()[1]
            if data is None:
                has_ended = True
                del self._waiting[link]
            else:
                come.append(unpacked(data))
        if come:
            if not link.connection.is_refused:
                self._note_outcomes(link, come)
            link.connection.take_in(come)
        if has_ended:
            link.connection.lost()

    def _has_come(self, frames: deque[tuple[float, bytes | None]]) -> bool:
        return bool(frames) and frames[0][0] <= self._agenda.now_s

    def _note_outcomes(self, link: Link, frames: list[list[Any]]) -> None:
        process = link.process
        node = process.spec.node_name
        for frame in frames:
            for number, kind, *_ in frame[1] if frame[0] == wire.STEP else ():
                process.note(HOW_IT_ENDED.get(kind, "is gone through again"), number)
                if kind == OUTPUT:
                    self._given_s.setdefault((node, number), self._agenda.now_s)
                elif kind == DEAD:
                    self._note_dead(node, number)
