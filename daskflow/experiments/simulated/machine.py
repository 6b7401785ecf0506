"""A simulated machine: its cores, and what lies in its memory."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.cores import Cores
from daskflow.experiments.simulated.hosts import Host
from daskflow.experiments.simulated.wires import Wires
from daskflow.ledger import Payload

ASKING_BYTES = 200
"""What it takes to ask another host for a slot."""


class Lying(NamedTuple):
    """Stands for a payload, in place of a descriptor.

    Attributes
    ----------
    machine : Machine
        Where it was made.
    size_bytes : int
        How large it is.
    edition : int
        Which life of its slot it is, from 1; 0 where it is in none.
    lives : int
        How often the machine had been lost then.
    """

    machine: Machine
    size_bytes: int
    edition: int
    lives: int


class Machine:
    """One machine.

    Parameters
    ----------
    index : int
        On the wires.
    host : Host
        What it is.
    agenda : Agenda
        Of the simulation.
    wires : Wires
        To the others.
    """

    __slots__ = ("_agenda", "_copies", "_wires", "cores", "fetched", "host", "index", "is_up", "lives")

    def __init__(self, index: int, host: Host, agenda: Agenda, wires: Wires) -> None:
        self.index = index
        self.host = host
        self.cores = Cores(agenda, host.cores - host.others)
        self.is_up = True
        self.lives = 0
        """How often it was lost."""
        self.fetched = 0
        """How many results came from other hosts."""
        self._agenda = agenda
        self._wires = wires
        self._copies: dict[int, tuple[int, float, int]] = {}  # by slot: edition, when here, life of its host

    def fetch(self, payload: Payload) -> float:
        """See to it that a payload of another machine is here, once for all its readers; when it is.

        Infinite where it never will be: the other machine was lost before all of it had come.
        """
        lying, (slot,) = payload.descriptor, payload.slots
        source: Machine = lying.machine
        copy = self._copies.get(slot)
        if copy is not None and copy[0] == lying.edition:
            _, here_s, lives = copy
            return here_s if here_s <= self._agenda.now_s or lives == source.lives else inf
        if not source.is_up or lying.lives != source.lives:
            return inf
        self._wires.small_s(self.index, source.index, ASKING_BYTES)
        here_s = self._wires.arrival_s(source.index, self.index, lying.size_bytes)
        self._copies[slot] = lying.edition, here_s, source.lives
        self.fetched += 1
        return here_s

    def lose(self) -> None:
        """Be gone, with all that is in its memory."""
        self.is_up = False
        self.lives += 1
        self.cores.clear()
        self._copies.clear()

    def come_back(self) -> None:
        """Be there again, empty."""
        self.is_up = True
