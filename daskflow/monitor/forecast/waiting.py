"""How long messages wait in queues before nodes.

The formulas are those of the Queueing Network Analyzer (Whitt, "The Queueing Network Analyzer", Bell System
Technical Journal 62, 1983): each node is a G/G/m queue of its own, described by the variability of what comes
and of its own calls. The mean wait is that of M/M/m (Erlang's C) times the mean of both squared coefficients
of variation (Allen and Cunneen; exact for M/M/m and M/G/1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from daskflow.core.histogram import PER_DOUBLING, Histogram, end_of

MIDDLE = 2.0 ** (-0.5 / PER_DOUBLING)
"""The middle of a bucket, as a part of its end."""

FEW = 2
"""Of fewer times nothing is known of how they vary."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A node with messages coming at a rate that it can cope with.

    Attributes
    ----------
    wait_s : float
        How long a message waits on average, in seconds; infinite where more comes than can be done.
    leaving : float
        Squared coefficient of variation of the times between messages that leave.
    """

    wait_s: float
    leaving: float


def queue(*, rate: float, service_s: float, nb_tasks: int, coming: float, serving: float) -> Queue:
    """How a node's messages wait.

    Parameters
    ----------
    rate : float
        Messages that come per second.
    service_s : float
        How long a task takes for one, in seconds.
    nb_tasks : int
        Tasks that take from the one queue.
    coming, serving : float
        Squared coefficients of variation: of the times between messages that come, and of their service.
    """
    occupied = rate * service_s / nb_tasks
    if occupied >= 1.0:
        return Queue(math.inf, serving)
    must_wait = erlang_c(nb_tasks, rate * service_s)
    wait_s = must_wait * service_s / (nb_tasks * (1.0 - occupied)) * (coming + serving) / 2.0
    leaving = 1.0 + (1.0 - occupied**2) * (coming - 1.0)
    leaving += occupied**2 * (serving - 1.0) / math.sqrt(nb_tasks)
    return Queue(wait_s, max(0.0, leaving))


def erlang_c(servers: int, load: float) -> float:
    """The probability that a message finds all servers busy, for an offered load in Erlang (M/M/m).

    By the recurrence of Erlang's B, which does not overflow; 1 where the load is too much.
    """
    if load >= servers:
        return 1.0
    blocked = 1.0
    for m in range(1, servers + 1):
        blocked = load * blocked / (m + load * blocked)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def variation(times: Histogram) -> float:
    """Squared coefficient of variation of some times: variance over squared mean, as exact as buckets are.

    Without a unit. Of too few times it is 1, that of a Poisson process.
    """
    if times.count < FEW:
        return 1.0
    middles = {bucket: end_of(bucket) * MIDDLE for bucket in times.counts}
    mean = sum(count * middles[bucket] for bucket, count in times.counts.items()) / times.count
    squares = sum(count * (middles[bucket] - mean) ** 2 for bucket, count in times.counts.items())
    return float(squares / times.count / mean**2)
