"""What the cores of a machine could cope with."""

from __future__ import annotations

import math
from dataclasses import dataclass

IDLING = 0.05
"""A process computes for about this part of a core when its task has nothing to do: Dask's worker in it."""

OWN_SHARE = 0.5
"""This part of the cores the flow can have whatever else runs: the system shares them fairly."""


@dataclass(frozen=True, slots=True)
class Cores:
    """The machine's cores, as the flow finds them.

    Attributes
    ----------
    cores : int
        How many it may use.
    idle : float
        How many had nothing to do.
    others : float
        How many are kept busy by what does not depend on the flow's messages: others than the flow, and its
        processes as such.
    cpu_s : float
        Processor time that the flow takes for each of its messages, in seconds; 0 where it is not known.
    """

    cores: int
    idle: float
    others: float
    cpu_s: float

    def limit(self, cores: int | None = None, spared_s: float = 0.0) -> float:
        """How many messages a second so many cores could cope with; infinite where it is not known.

        Parameters
        ----------
        cores : int, optional
            Those of the machine by default.
        spared_s : float
            What a message would take less of them, in seconds.
        """
        needed_s = self.cpu_s - spared_s
        cores = self.cores if cores is None else cores
        free = max(OWN_SHARE * cores, cores - self.others)
        return free / needed_s if self.cpu_s > 0 and needed_s > 0 else math.inf
