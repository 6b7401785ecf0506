"""The machines of a simulation, what is between them, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Host:
    """So many machines that are alike.

    Attributes
    ----------
    cores : int
        Processor cores of each. What tasks compute shares them fairly where more compute at a time.
    gpus : int
        GPUs of each: so many of its workers have one.
    count : int
        How many such machines there are.
    workers : int or None
        Dask worker processes on each, of one thread; None for one per core.
    bytes_per_s : float
        What its network interface carries, each way; by default 10 Gbit/s.
    others : float
        How many of its cores something else keeps busy.

    Raises
    ------
    ValueError
        It has no core, no network or too few workers, or `others` leave nothing of its cores.
    """

    cores: int
    gpus: int = 0
    count: int = 1
    workers: int | None = None
    bytes_per_s: float = 1.25e9
    others: float = 0.0

    def __post_init__(self) -> None:
        if self.cores < 1 or self.count < 1 or self.gpus < 0 or self.bytes_per_s <= 0:
            raise ValueError(f"a host has a core, a network and no fewer than no GPUs; got {self}")
        if not 0.0 <= self.others < self.cores:
            raise ValueError(f"others leave something of the cores of a host; got {self}")
        if self.workers is not None and self.workers < max(1, self.gpus):
            raise ValueError(f"a host has a worker, and one for each GPU; got {self}")


@dataclass(frozen=True, slots=True)
class Network:
    """What a message meets on its way.

    Attributes
    ----------
    latency_s : float
        From one host to another, beside the time that its bytes take.
    local_s : float
        From process to process on one host: until the receiver runs.
    notice_s : float
        How long the scheduler does not notice that a host is gone. A machine that dies says nothing: Dask's
        comms give up after ``distributed.comm.timeouts.tcp``, 30 s by default. A process that dies is
        noticed at once.
    start_s : float
        How long a task takes from being placed to an open node.
    """

    latency_s: float = 100e-6
    local_s: float = 50e-6
    notice_s: float = 30.0
    start_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of a host: its tasks, and what lies in its memory, are gone.

    Attributes
    ----------
    host : int
        Which of the hosts, counted from 0 over all that there are.
    at_s : float
        When it goes.
    back_s : float or None
        When its workers are there again, empty; None if they do not come back.

    Raises
    ------
    ValueError
        `host` or `at_s` is negative, or `back_s` is not after `at_s`.
    """

    host: int
    at_s: float
    back_s: float | None = None

    def __post_init__(self) -> None:
        if self.host < 0 or self.at_s < 0 or (self.back_s is not None and self.back_s <= self.at_s):
            raise ValueError(f"a host is lost at some time and comes back after it; got {self}")


def random_losses(
    hosts: int, *, duration_s: float, every_s: float, away_s: float | None = None, seed: int = 0
) -> tuple[Loss, ...]:
    """Losses at random times, as independent failures have them (a Poisson process).

    Parameters
    ----------
    hosts : int
        How many there are; each loss hits one of them, whichever is there.
    duration_s : float
        Losses begin before this.
    every_s : float
        How long it takes on average from one loss to the next, of any host.
    away_s : float, optional
        How long a lost host is away. None for ever.
    seed : int, default 0
        Another one, other losses.
    """
    random, losses, now_s = Random(seed), list[Loss](), 0.0
    back_s = [0.0] * hosts
    while (now_s := now_s + random.expovariate(1.0 / every_s)) < duration_s:
        there = [i for i in range(hosts) if back_s[i] <= now_s]
        if there:
            host = random.choice(there)
            back_s[host] = float("inf") if away_s is None else now_s + away_s
            losses.append(Loss(host, now_s, None if away_s is None else back_s[host]))
    return tuple(losses)


def expanded(hosts: Sequence[Host]) -> list[Host]:
    """Each machine on its own."""
    return [host for host in hosts for _ in range(host.count)]
