"""The rate of a flow, and what limits it.

The terms are those of operational analysis (Denning and Buzen, "The Operational Analysis of Queueing Network
Models", 1978): the station that could serve the fewest of the flow's messages limits it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

NEARLY = 0.95
"""Who comes so near to a limit has reached it: the last task or core for it would stand idle."""

MOST_TIMES = 8
"""More than so many times the tasks is not advised: nothing that was measured says what happens there."""

LEDGER_SEEN_FROM = 0.2
"""Below this share of the ledger's time nothing is said of its limit."""

CORES = "the cores"
LEDGER = "the scheduler"
"""What limits a flow beside its nodes."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Forecast:
    """A rate, and what would limit it.

    Attributes
    ----------
    rate : float
        Messages per second; infinite where nothing is known to limit it.
    by : str
        A node's name, `CORES` or `LEDGER`; empty where nothing is known.
    """

    rate: float
    by: str = ""


def lowest(limits: Iterable[Forecast]) -> Forecast:
    """What limits a flow of these limits; infinite where none of them is known."""
    best = min(limits, key=lambda limit: limit.rate, default=Forecast(math.inf))
    return best if best.rate < math.inf else Forecast(math.inf)


def tasks_for(rate: float, each: float) -> int:
    """The fewest tasks, at least one, that together serve so many messages a second if each serves `each`."""
    return max(1, math.ceil(rate / each - _ROUNDING))


def ledger_limit(rate: float, ledger_cpu: float, part: float = 1.0) -> list[Forecast]:
    """How many messages a second the ledger's thread could cope with; nothing where it has little to do.

    Parameters
    ----------
    rate : float
        Of the flow when it was measured, in messages per second.
    ledger_cpu : float
        Share of its time that the thread computed then, from 0 to 1.
    part : float, default 1.0
        Which part of that was for this flow, rather than for others that are not connected.
    """
    own = ledger_cpu * part
    if ledger_cpu < LEDGER_SEEN_FROM or not own:
        return []
    return [Forecast(rate * (1.0 - ledger_cpu + own) / own, LEDGER)]
