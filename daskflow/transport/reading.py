"""All that is known of a run at one moment, as the ledger and the tasks say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daskflow.ledger import LedgerCounts
from daskflow.transport.observations import TaskTimes


@dataclass(frozen=True, slots=True)
class Reading:
    """Cumulative counts: what happened over a span is the difference of two.

    Attributes
    ----------
    now_s : float
        When, on the ledger's clock.
    ledger : LedgerCounts
        What the ledger counted.
    times : tuple of TaskTimes
        What each task said of itself.
    pids : mapping of int to int
        The process of each task that has one.
    """

    now_s: float
    ledger: LedgerCounts
    times: tuple[TaskTimes, ...] = ()
    pids: Mapping[int, int] = field(default_factory=dict)
