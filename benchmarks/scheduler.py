"""What one scheduler carries: steps and messages per second, and what each costs it, over each carrier.

Producers and readers that do nothing else keep a real ledger busy, in pairs, with some messages in a step.
What counts is the processor time of the scheduler's process, on which it depends less than rates do what else
the machine does; beside it stands the rate that was reached::

    python -m benchmarks.scheduler                # all carriers, some minutes
    python -m benchmarks.scheduler comm 3         # one of them, the best of three trials of each load

They are the UNIX socket of the scheduler's own host, TCP from anywhere, and Dask's comms, as over TLS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from distributed import LocalCluster

from daskflow.experiments.simulated.costs import SchedulerCosts
from daskflow.ledger import EdgeSpec, Ledger, NodeSpec, Topology
from daskflow.plan.table import text_table
from daskflow.transport.comm_server import CommServer
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.service import LedgerService
from daskflow.transport.unix_server import UnixServer
from tests.unit.transport.around import Around

LOADS = [(1, 1), (4, 1), (32, 1), (250, 1), (1000, 1), (1, 16), (8, 16), (100, 16), (1, 64), (8, 64)]
"""Pairs of tasks, and messages in a step."""

SETTLED_S, MEASURED_S, PATIENCE_S = 0.5, 2.0, 120.0

CAPACITY = 4096
"""Of each edge: nobody waits for room."""


@dataclass(frozen=True)
class Trial:
    """A load, and what was counted while it was measured."""

    pairs: int
    messages_each: int
    seconds: float
    cpu_s: float
    rounds: int
    steps: int
    tellings: int
    messages: int
    memory_bytes: int

    @property
    def row(self) -> list[str]:
        return [
            str(2 * self.pairs),
            str(self.pairs),
            str(self.messages_each),
            f"{self.steps / self.seconds:,.0f}",
            f"{self.messages / self.seconds:,.0f}",
            f"{self.cpu_s / self.seconds:.0%}",
            f"{1e6 * self.cpu_s / self.steps:.1f}",
            f"{1e6 * self.cpu_s / self.messages:.1f}",
            f"{self.steps / self.cpu_s:,.0f}",
            f"{self.messages / self.cpu_s:,.0f}",
            f"{self.steps / self.rounds:.1f}",
            f"{self.memory_bytes / 2**20:,.0f}",
        ]


HEADER = (
    "tasks", "edges", "messages a step", "steps/s", "messages/s", "CPU", "µs a step", "µs a message",
    "steps/s of CPU", "messages/s of CPU", "steps a round", "MiB",
)  # fmt: skip


class Counted(LedgerService):
    """Counts how often it answers."""

    rounds = 0

    def flush(self) -> None:
        self.rounds += 1
        super().flush()


def topology(pairs: int) -> Topology:
    nodes, edges = [], []
    for i in range(pairs):
        nodes += [NodeSpec(f"source-{i}"), NodeSpec(f"end-{i}", (2 * i,))]
        edges.append(EdgeSpec(2 * i, 2 * i + 1, CAPACITY, inline_capacity=CAPACITY))
    return Topology(tuple(nodes), tuple(edges))


@contextmanager
def served_by_sockets(thread: LedgerThread) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        server, path = UnixServer(thread), Path(folder, "ledger")
        thread.call(server.start, path)
        yield ["socket", str(path)]
        thread.call(server.close)


@contextmanager
def served_by_tcp(thread: LedgerThread) -> Iterator[list[str]]:
    with served_by_comms(thread) as (_, address):
        yield ["tcp", address]


@contextmanager
def served_by_comms(thread: LedgerThread) -> Iterator[list[str]]:
    with LocalCluster(
        n_workers=0, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
    ) as cluster:
        server = CommServer(thread)
        cluster.sync(server.start, cluster.scheduler, "run")
        yield ["comm", cluster.scheduler_address]
        cluster.sync(server.close)


SERVED: dict[str, Callable[[LedgerThread], Any]] = {
    "socket": served_by_sockets,
    "tcp": served_by_tcp,
    "comm": served_by_comms,
}


def trial(carrier: str, pairs: int, messages: int) -> Trial:
    """Bring a load on a scheduler in this process, and measure. Blocks for some seconds."""
    ledger = Ledger(topology(pairs))
    service = Counted(ledger, Around())
    thread = LedgerThread(service)
    thread.start()
    with SERVED[carrier](thread) as where:
        command = [sys.executable, "-m", "benchmarks.scheduler_load", *where, str(pairs), str(messages)]
        load = subprocess.Popen(command if carrier == "socket" else [*command, "run"])
        try:
            end_s = time.monotonic() + PATIENCE_S
            while ledger.started_s is None:
                if load.poll() is not None or time.monotonic() > end_s:
                    raise RuntimeError(f"the load did not start: exit status {load.poll()}")
                time.sleep(0.01)
            time.sleep(SETTLED_S)
            before = thread.call(counted, service)
            time.sleep(MEASURED_S)
            after = thread.call(counted, service)
        finally:
            load.kill()
            load.wait()
    thread.close()
    seconds, cpu_s, *counts = (b - a for a, b in zip(before, after, strict=True))
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Trial(pairs, messages, seconds, cpu_s, *map(int, counts), pages * os.sysconf("SC_PAGE_SIZE"))


def counted(service: Counted) -> tuple[float, float, int, int, int, int]:
    counters = [node.counters for node in service.ledger.nodes]
    return (
        time.monotonic(),
        time.process_time(),
        service.rounds,
        sum(each.steps for each in counters),
        sum(each.tellings for each in counters),
        sum(each.done for each in counters),
    )


def fitted(trials: list[Trial]) -> tuple[SchedulerCosts, float]:
    """What explains the processor time best, as a part of it; and the largest error.

    To hear and to say something are as frequent, so that each is given a half of both.
    """
    from scipy.optimize import nnls

    counts = np.array([[t.rounds, t.steps + t.tellings, t.messages] for t in trials], float)
    spent = np.array([t.cpu_s for t in trials])
    costs, _ = nnls(counts / spent[:, None], np.ones(len(trials)))
    round_s, frame_s, message_s = (float(cost) for cost in costs)
    return SchedulerCosts(round_s, frame_s, frame_s, message_s), float(
        np.abs(counts @ costs / spent - 1.0).max()
    )


def main(carriers: list[str], repeats: int) -> None:
    for carrier in carriers:
        best: list[Trial] = []
        for load in LOADS:
            found = [trial(carrier, *load) for _ in range(repeats)]
            best.append(min(found, key=lambda each: each.cpu_s / each.steps))
            print(carrier, *best[-1].row, file=sys.stderr)
        costs, error = fitted(best)
        print(f"\n{carrier}, load of the machine {os.getloadavg()[0]:.1f}")
        print(text_table(HEADER, [each.row for each in best]))
        words = ", ".join(f"{name}={1e6 * getattr(costs, name):.1f}e-6" for name in costs.__slots__)
        print(f"SchedulerCosts({words}), right within {error:.0%}")


if __name__ == "__main__":
    chosen = [each for each in sys.argv[1:] if each in SERVED]
    main(chosen or list(SERVED), *([int(each) for each in sys.argv[1:] if each.isdigit()] or [3]))
