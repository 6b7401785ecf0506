"""The baselines: the same streams through a ring of shared frames, a pipe and a queue, without daskflow.

``python -m daskflow.experiments.bench.raw`` reads a request per line and answers each with a line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from daskflow.experiments.bench.arrivals import Arrivals, Figures
from daskflow.experiments.bench.links import Link, PipeLink, QueueLink
from daskflow.experiments.bench.payloads import Payload, payload_of
from daskflow.experiments.bench.ring import END, Ring, Tokens
from daskflow.experiments.bench.serve import serve
from daskflow.experiments.bench.spec import Pacer, StreamSpec
from daskflow.experiments.bench.stages import Stage, run_stages

Chain = Callable[[StreamSpec, Payload, Arrivals], list[Stage]]
"""Makes the stages of a stream, the one that fills the arrivals last."""


def copying_ring(spec: StreamSpec, payload: Payload, arrivals: Arrivals) -> list[Stage]:
    """A ring per edge: each stage copies its result into the next ring."""
    rings = [Ring(spec.shape) for _ in range(spec.hops)]
    return [
        partial(_fill, spec, payload, rings[0], [rings[0].filled]),
        *(partial(_copy, spec, payload, a, b) for a, b in pairwise(rings)),
        partial(_drain, rings[-1], rings[-1].filled, arrivals),
    ]


def passing_ring(spec: StreamSpec, payload: Payload, arrivals: Arrivals) -> list[Stage]:
    """One ring: the producer copies, the stages pass the slot's number on, the consumer frees it."""
    ring = Ring(spec.shape)
    edges = [ring.filled, *(Tokens() for _ in range(spec.hops - 1))]
    return [
        partial(_fill, spec, payload, ring, edges[:1]),
        *(partial(_pass, a, b) for a, b in pairwise(edges)),
        partial(_drain, ring, edges[-1], arrivals),
    ]


def shared_ring(spec: StreamSpec, payload: Payload, arrivals: Arrivals) -> list[Stage]:
    """One ring that several consumers read: a slot is free when each of them has had it."""
    ring = Ring(spec.shape, readers=spec.readers)
    edges = [Tokens() for _ in range(spec.readers)]
    others = [partial(_drain, ring, edge, Arrivals(spec, payload)) for edge in edges[1:]]
    return [
        partial(_fill, spec, payload, ring, edges),
        *others,
        partial(_drain, ring, edges[0], arrivals),
    ]


def linked(
    make_link: Callable[[], Link], spec: StreamSpec, payload: Payload, arrivals: Arrivals
) -> list[Stage]:
    """A chain over queues or pipes, each message with the time at which it was sent."""
    links = [make_link() for _ in range(spec.hops)]

    def fill() -> None:
        pacer, number = Pacer(spec), 0
        while pacer.has(number):
            value = payload.make(number)
            links[0].put((value, time.monotonic_ns()))
            number += 1
        links[0].put(None)

    def hop(source: Link, target: Link) -> None:
        while (message := source.get()) is not None:
            value, sent_ns = message
            target.put((payload.renewed(value) if spec.operation == "new" else value, sent_ns))
        target.put(None)

    def drain() -> None:
        while (message := links[-1].get()) is not None:
            arrivals.add(message[0], message[1], time.monotonic_ns())

    return [fill, *(partial(hop, a, b) for a, b in pairwise(links)), drain]


CHAINS: Mapping[str, Chain] = {
    "ring, copied": copying_ring,
    "ring, passed": passing_ring,
    "ring, shared": shared_ring,
    "mp.Queue": partial(linked, QueueLink),
    "mp.Pipe": partial(linked, PipeLink),
}
"""By the name under which a report shows them."""


def measure(request: Mapping[str, Any]) -> Figures:
    """Run the stream of a request and say what it gave; what `serve` answers with."""
    spec = StreamSpec.from_request(request["stream"])
    payload = payload_of(spec)
    arrivals = Arrivals(spec, payload)
    *stages, last = CHAINS[request["chain"]](spec, payload, arrivals)
    cpu_s = run_stages(stages, last)
    return {**arrivals.figures(), "cpu_us_per_hop": 1e6 * cpu_s / (arrivals.messages * spec.hops)}


def _fill(spec: StreamSpec, payload: Payload, ring: Ring, edges: Sequence[Tokens]) -> None:
    pacer, number = Pacer(spec), 0
    while pacer.has(number):
        frame = payload.make(number)
        slot = ring.fill(frame, time.monotonic_ns())
        for edge in edges:
            edge.put(slot)
        number += 1
    for edge in edges:
        edge.put(END)


def _copy(spec: StreamSpec, payload: Payload, source: Ring, target: Ring) -> None:
    while (slot := source.filled.get()) != END:
        frame, sent_ns = source.frames[slot], int(source.notes[slot])
        if spec.operation == "new":
            frame = payload.renewed(frame)
            source.free.put(slot)  # at once: the stage before may be out of slots
            target.filled.put(target.fill(frame, sent_ns))
        else:
            filled = target.fill(frame, sent_ns)
            source.free.put(slot)
            target.filled.put(filled)
    target.filled.put(END)


def _pass(source: Tokens, target: Tokens) -> None:
    while (slot := source.get()) != END:
        target.put(slot)
    target.put(END)


def _drain(ring: Ring, edge: Tokens, arrivals: Arrivals) -> None:
    while (slot := edge.get()) != END:
        arrivals.add(ring.frames[slot], int(ring.notes[slot]), time.monotonic_ns())
        ring.free.put(slot)


if __name__ == "__main__":
    serve(measure)
