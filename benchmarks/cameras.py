"""What 1,000 cameras on 200 hosts would do: with one scheduler, with several, with hosts that are lost.

Nothing is run: it is a simulation, which takes some minutes of one core::

    python -m benchmarks.cameras                 # all cases
    python -m benchmarks.cameras "one scheduler" # those whose names begin so
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from daskflow import REALTIME, Flow
from daskflow.experiments import Host, Network, SimulatedScale, random_losses, simulate
from daskflow.experiments.forecast.flows import End, Work
from daskflow.experiments.simulated.cases import Camera

CAMERAS, HOSTS, DURATION_S = 1000, Host(cores=16, count=200), 60.0

FRAME_BYTES = 640 * 480 * 3


@dataclass(frozen=True)
class Case:
    """So many schedulers for all cameras, at so many frames a second; and how often a host is lost."""

    name: str
    schedulers: int
    rate: float
    lost_every_s: float | None = None
    notice_s: float = 30.0


CASES = [
    Case("one scheduler, 5 a second", 1, 5.0),
    Case("one scheduler, 15 a second", 1, 15.0),
    Case("one scheduler, 5 a second, hosts lost", 1, 5.0, 10.0),
    Case("one scheduler, 5 a second, hosts lost and missed within a second", 1, 5.0, 10.0, 1.0),
    Case("5 schedulers, 15 a second", 5, 15.0),
]


def cameras(first: int, count: int) -> Flow:
    """Cameras, each with a detector and a sink of its own."""
    sources = [Camera(1.0, f"camera-{i}") for i in range(first, first + count)]
    ends = [
        End(name=f"sink-{i}")(Work(name=f"detector-{i}")(source))
        for i, source in enumerate(sources, start=first)
    ]
    return Flow(sources, ends, REALTIME, f"cameras {first} to {first + count - 1}")


def simulated(case: Case) -> SimulatedScale:
    """A case, for a minute."""
    each = CAMERAS // case.schedulers
    losses = () if case.lost_every_s is None else random_losses(
        HOSTS.count, duration_s=DURATION_S, every_s=case.lost_every_s, away_s=20.0, seed=1
    )  # fmt: skip
    return simulate(
        [cameras(i, each) for i in range(0, CAMERAS, each)],
        HOSTS,
        {"camera-*": 1.0 / case.rate, "detector-*": 0.02},
        sizes={"camera-*": FRAME_BYTES},
        losses=losses,
        duration_s=DURATION_S,
        network=Network(notice_s=case.notice_s),
    )


def main(wanted: Sequence[str]) -> None:
    for case in CASES:
        if not wanted or case.name.startswith(tuple(wanted)):
            print(f"{case.name}\n{simulated(case)}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
