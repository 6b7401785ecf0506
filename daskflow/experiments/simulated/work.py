"""How long calls of nodes take, and how large their results are."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import accumulate
from random import Random
from typing import TypeVar

from daskflow.advice import FlowProfile
from daskflow.core.histogram import NOTHING, PER_DOUBLING, Histogram, end_of

T = TypeVar("T")

MIDDLE = 2.0 ** (-0.5 / PER_DOUBLING)
"""The middle of a bucket, as a part of its end."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a call of a node takes.

    Attributes
    ----------
    compute_s : float
        Processor time, in seconds.
    wait_s : float
        Time in which it waits: for a disk, a service, a GPU.
    every_s : float
        A producer that has a message every so often, as a camera does: 1 / 25 for 25 a second. It begins
        somewhere in its first interval, as the seed says. 0 for one that has a message whenever asked.
    service : Histogram
        How long calls take in all, where that varies: each takes one of these times, and computes and waits
        in the proportion of the other two.

    Raises
    ------
    ValueError
        A time is negative, or not finite.
    """

    compute_s: float = 0.0
    wait_s: float = 0.0
    every_s: float = 0.0
    service: Histogram = NOTHING

    def __post_init__(self) -> None:
        times = self.compute_s, self.wait_s, self.every_s
        if any(not math.isfinite(time) or time < 0 for time in times):
            raise ValueError(f"times are in seconds, and not below 0; got {self}")

    def sampler(self, random: Random) -> Sampler:
        """Says for one call after the other how long it takes, by numbers that `random` draws."""
        return Sampler(self, random)


class Sampler:
    """Draws times of calls; see `Work`."""

    __slots__ = ("_buckets", "_computing", "_random", "_scale", "_sums", "_work")

    def __init__(self, work: Work, random: Random) -> None:
        self._work = work
        self._random = random
        self._buckets = sorted(work.service.counts)
        self._sums = list(accumulate(work.service.counts[bucket] for bucket in self._buckets))
        middles = sum(n * end_of(bucket) * MIDDLE for bucket, n in work.service.counts.items())
        self._scale = work.service.sum_s / middles if middles else 1.0  # so that the mean is right
        whole_s = work.compute_s + work.wait_s
        self._computing = work.compute_s / whole_s if whole_s else 0.0

    def next(self) -> tuple[float, float]:
        """For how long the next call waits, and computes then, in seconds."""
        if not self._sums:
            return self._work.wait_s, self._work.compute_s
        drawn = bisect_left(self._sums, self._random.random() * self._sums[-1])
        within = self._random.random() - 1.0
        time_s = self._scale * end_of(self._buckets[drawn]) * 2.0 ** (within / PER_DOUBLING)
        return time_s * (1.0 - self._computing), time_s * self._computing


def works_of_profile(profile: FlowProfile) -> dict[str, Work]:
    """What a profile says of each node: its calls as they were, and what surrounds them.

    What a task waited for a core is left out: the simulated hosts have cores of their own.
    """
    works = {}
    for name, node in profile.nodes.items():
        work = Work(node.computing * node.undisturbed_s, (1.0 - node.computing) * node.undisturbed_s)
        works[name] = replace(work, service=node.service) if node.service.count else work
    return works


def by_node(what: str, given: Mapping[str, T], names: set[str]) -> dict[str, T]:
    """What is said of each node; a key names one, or is a pattern such as ``camera-*``.

    The node's own name goes before patterns, and earlier patterns before later ones.

    Raises
    ------
    ValueError
        A key means no node.
    """
    found: dict[str, T] = {}
    patterns = [key for key in given if key not in names]
    for name in names:
        keys = [name] if name in given else [key for key in patterns if fnmatchcase(name, key)]
        if keys:
            found[name] = given[keys[0]]
    for key in patterns:
        if not any(fnmatchcase(name, key) for name in names):
            some = ", ".join(sorted(names)[:8])
            raise ValueError(f"{what} names {key!r}: expected a node or a pattern that means some of {some}")
    return found
