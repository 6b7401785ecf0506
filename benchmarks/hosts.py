"""How near a flow's edge between two hosts comes to a plain copy over the same network.

The hosts are network namespaces of this machine: it has to be Linux, and this has to be run as root. Full HD
pictures, 6.2 MB each, go from a node on one host to a node on the other; then as many bytes over TCP, from
one process's memory to another's. Two minutes, on a machine that does nothing else::

    python -m benchmarks.hosts                   # unshaped, and at 1 Gbit/s
    python -m benchmarks.hosts 10gbit 2.5gbit    # at these rates, as tc writes them
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.plain_copy import FIRST
from daskflow import BATCH, Flow
from daskflow.plan.table import text_table
from tests.existing.hosts import REPOSITORY, Hosts, hosts, why_not
from tests.existing.nodes import FULL_HD, Playback, Stopwatch

UNSHAPED = "unshaped"
PORT = "9999"  # of the copy
FRAME_BYTES = FULL_HD[0] * FULL_HD[1] * FULL_HD[2]
LASTING_S = 6.0
ROUNDS = 3
"""Of each, in turn. The best counts: what else the machine does can only slow them down."""

SUFFICIENT = 0.7
"""The share of a plain copy's rate that an edge should have."""


def copied(network: Hosts, count: int) -> float:
    """Pictures a second of a plain copy."""
    address = network.address_of("h1")
    program = [sys.executable, "-m", "benchmarks.plain_copy"]
    numbers = [address, PORT, str(FRAME_BYTES)]
    sending = network.command_on("h1", *program, "send", *numbers)
    receiving = network.command_on("h2", *program, "receive", *numbers, str(count))
    with subprocess.Popen(sending, cwd=REPOSITORY) as sender:
        try:
            told = subprocess.run(receiving, cwd=REPOSITORY, check=True, capture_output=True, text=True)
        finally:
            sender.kill()
    return float(told.stdout)


def flowed(network: Hosts, count: int) -> float:
    """Pictures a second of a flow."""
    told = network.temp("h2") / "rate"
    source = Playback(count + FIRST, name="source", resources={"h1": 1})
    end = Stopwatch(str(told), FIRST, name="end", resources={"h2": 1})(source)
    flow = Flow([source], [end], flow_type=BATCH)
    flow.run(cluster=network.address)
    flow.join()
    return float(told.read_text())


def measured(network: Hosts, rate: str) -> tuple[float, float]:
    """Pictures a second of a plain copy and of a flow, where hosts send at most at a rate."""
    network.unshape()
    if rate != UNSHAPED:
        network.limit_rate(rate)
    count = max(30, int(LASTING_S * copied(network, 30)))
    rounds = [(copied(network, count), flowed(network, count)) for _ in range(ROUNDS)]
    plain, flow = zip(*rounds, strict=True)
    return max(plain), max(flow)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit status says whether all edges were fast enough."""
    if why_not():
        print(f"not here: {why_not()}", file=sys.stderr)
        return 2
    rows = []
    is_sufficient = True
    with hosts({"h1": 1, "h2": 1}) as network:
        for rate in arguments or [UNSHAPED, "1gbit"]:
            plain, flow = measured(network, rate)
            is_sufficient &= flow >= SUFFICIENT * plain
            speeds = [[f"{each:.1f} /s", f"{each * FRAME_BYTES / 1e6:.0f} MB/s"] for each in (plain, flow)]
            rows.append([rate, *speeds[0], *speeds[1], f"{flow / plain:.2f}"])
    print(text_table(["network", "plain copy", "", "flow", "", "share"], rows))
    return 0 if is_sufficient else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
