"""OpenTelemetry spans of sampled messages: one trace from capture to sink, without a word in the messages."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib.metadata import entry_points
from typing import Any

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from daskflow.ledger import DEAD, FAILED, OUTPUT, SKIPPED
from daskflow.runtime.fused_runner import Stay
from daskflow.runtime.session import Lease, Session
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.descriptor import Descriptor

OUTCOMES = {OUTPUT: "done", SKIPPED: "skipped", FAILED: "failed", DEAD: "failed"}
KINDS = {"next": SpanKind.PRODUCER, "consume": SpanKind.CONSUMER}

EXPORTER = "OTEL_TRACES_EXPORTER"
OTLP = "otlp"

CLOSE_S = 3.0
"""How long a task's end may wait for a collector."""


class TracedSession(Session):
    """A session that makes a span of each outcome of a sampled message.

    A class of its own, so that tasks without spans do not even look whether there are any.

    Parameters
    ----------
    tracer : MessageTracer
        Makes them.
    *known
        As for `Session`.
    """

    def __init__(self, tracer: MessageTracer, *known: Any) -> None:
        super().__init__(*known)
        self._tracer = tracer

    def next_lease(self) -> Lease | None:
        """As `Session.next_lease`."""
        lease = super().next_lease()
        self._tracer.begin()
        return lease

    def next_leases(self, most: int, wait_s: float) -> list[Lease]:
        """As `Session.next_leases`: work begins when all are there."""
        leases = super().next_leases(most, wait_s)
        self._tracer.begin()
        return leases

    def wait_for_room(self, number: int) -> bool:
        """As `Session.wait_for_room`."""
        is_there = super().wait_for_room(number)
        self._tracer.begin()
        return is_there

    def report(
        self,
        number: int,
        kind: int,
        body: Any,
        busy_s: float,
        result: list[Any],
        snapshot: Descriptor | None = None,
    ) -> None:
        """As `Session.report`."""
        self._tracer.end(number, kind)
        super().report(number, kind, body, busy_s, result, snapshot)

    def goodbye(self) -> None:
        """As `Session.goodbye`; first all spans are exported."""
        self._tracer.close()
        super().goodbye()


class MessageTracer:
    """Makes the spans of a task. All tasks of a run agree on which messages have a trace, and on all ids.

    The ids are hashes of run, number and node, so a span knows those of its parents without being told.

    Parameters
    ----------
    spec : TaskSpec
        Of the task.
    date_s : callable
        Seconds since the epoch.
    stays : callable, optional
        Tells where in a fused chain a message has been, of which it is given the number.
    """

    def __init__(
        self,
        spec: TaskSpec,
        date_s: Callable[[], float],
        stays: Callable[[int], Sequence[Stay]] = lambda number: (),
    ) -> None:
        self._spec = spec
        self._date_s = date_s
        self._stays = stays
        self._began_s = date_s()
        self._ids = _GivenIds()
        self._kind = KINDS.get(spec.method, SpanKind.INTERNAL)
        # What the environment says comes before the flow's name, also where it says nothing of the service.
        resource = Resource.create({"service.name": spec.flow_name}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(
            ALWAYS_ON,  # what is here is sampled; by the environment's sampler, tasks would not agree
            resource,
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter_of_environment()))
        self._tracer = self._provider.get_tracer("daskflow")

    def begin(self) -> None:
        """Note that work on a message begins."""
        self._began_s = self._date_s()

    def end(self, number: int, outcome: int) -> None:
        """Make the span of a message that has just been worked on, if it is sampled.

        From where work on it began: of a batch, on all of it.
        """
        spec = self._spec
        trace_id = trace_id_of(spec.run_id, spec.part, number)
        if outcome not in OUTCOMES or not is_sampled(trace_id, spec.trace_sample):
            return
        end_s = self._date_s()
        parents = spec.parents
        if stays := self._stays(number):
            *others, last = stays
            for stay in others:
                self._make(number, stay.member, parents, OUTPUT, stay.began_s, stay.ended_s)
                parents = (stay.member,)
            self._make(number, last.member, parents, outcome, last.began_s, end_s)
            return
        begin_s = min(end_s, self._began_s)  # the machine's date may have been set back
        self._make(number, spec.node_name, parents, outcome, begin_s, end_s)

    def _make(
        self, number: int, node: str, parents: Sequence[str], outcome: int, begin_s: float, end_s: float
    ) -> None:
        spec = self._spec
        trace_id = trace_id_of(spec.run_id, spec.part, number)
        above = [self._context(trace_id, number, parent) for parent in parents]
        self._ids.trace_id, self._ids.span_id = trace_id, span_id_of(spec.run_id, number, node)
        span = self._tracer.start_span(
            node,
            context=set_span_in_context(NonRecordingSpan(above[0])) if above else None,
            kind=self._kind,
            links=[Link(parent) for parent in above[1:]],
            start_time=int(begin_s * 1e9),
            attributes={
                "daskflow.flow": spec.flow_name,
                "daskflow.run": spec.run_id,
                "daskflow.node": node,
                "daskflow.task": spec.task_name,
                "daskflow.number": number,
                "daskflow.outcome": OUTCOMES[outcome],
            },
        )
        if OUTCOMES[outcome] == "failed":
            span.set_status(Status(StatusCode.ERROR))
        span.end(int(end_s * 1e9))

    def close(self) -> None:
        """Export what has not been; blocks for some seconds at most, however long the exporter would try."""
        closing = threading.Thread(target=self._provider.shutdown, name="daskflow spans", daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def _context(self, trace_id: int, number: int, node: str) -> SpanContext:
        span_id = span_id_of(self._spec.run_id, number, node)
        return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


class _GivenIds(IdGenerator):
    """Gives the ids that were put here."""

    trace_id = span_id = 1

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


def trace_id_of(run_id: str, part: str, number: int) -> int:
    """The trace of a message in a part of a flow; the same in each task."""
    return _hash(f"{run_id}:{part}:{number}", 16)


def span_id_of(run_id: str, number: int, node: str) -> int:
    """The span of a message at a node."""
    return _hash(f"{run_id}:{number}:{node}", 8)


def is_sampled(trace_id: int, share: float) -> bool:
    """Whether a trace is in this share of all: by its lower half, as OpenTelemetry's `TraceIdRatioBased`."""
    return (trace_id & (1 << 64) - 1) < share * (1 << 64)


def exporter_of_environment() -> SpanExporter:
    """The exporter that ``OTEL_TRACES_EXPORTER`` names, by default OTLP; it reads what it needs there itself.

    Raises
    ------
    ValueError
        No installed package has an exporter of that name.
    """
    name = os.environ.get(EXPORTER, OTLP)
    for wanted in _names_of(name):
        for entry in entry_points(group="opentelemetry_traces_exporter", name=wanted):
            exporter: SpanExporter = entry.load()()
            return exporter
    known = sorted({entry.name for entry in entry_points(group="opentelemetry_traces_exporter")})
    raise ValueError(
        f"there is no exporter {name!r} for OpenTelemetry's spans; installed are {', '.join(known)}. Set "
        f"{EXPORTER} to one of them, or install one: pip install 'daskflow[otel]' has otlp"
    )


def _names_of(name: str) -> Sequence[str]:
    """What OTLP may be called, the protocol that the environment wants first."""
    if name != OTLP:
        return [name]
    of_all = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", of_all)
    names = ["otlp_proto_http", "otlp_proto_grpc"]
    return names if protocol.startswith("http") else names[::-1]


def _hash(text: str, size: int) -> int:
    """A number that is never 0, which stands for no id."""
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), "big") or 1
