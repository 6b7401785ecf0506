"""One trace of each sampled message, from capture to sink, made by tasks that never speak of it."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from daskflow import BATCH, SKIP, BatchProcessorNode, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.runtime import tracing
from daskflow.testing import Fail, Given, Kill, SimulationResult, simulate, simulation
from daskflow.testing.simulation import compile_run

COUNT = 12


class Passes(ProcessorNode):
    def process(self, *values: Any) -> Any:
        return SKIP if values[0] == 5 and self.name == "skips" else values[0]


def diamond() -> Flow:
    source = Given(range(COUNT), name="source")
    left = Passes(name="left", nb_tasks=2)(source)
    skips = Passes(name="skips", on_error="skip")(source)
    joined = Passes(name="joined")(left, skips)
    return Flow([source], [CollectConsumer(name="collect")(joined)], BATCH)


@pytest.fixture
def exporters(monkeypatch: pytest.MonkeyPatch) -> list[InMemorySpanExporter]:
    """One for each process of a task."""
    exporters: list[InMemorySpanExporter] = []

    def new() -> InMemorySpanExporter:
        exporters.append(InMemorySpanExporter())
        return exporters[-1]

    monkeypatch.setattr(tracing, "exporter_of_environment", new)
    monkeypatch.setattr(tracing, "BatchSpanProcessor", SimpleSpanProcessor)
    return exporters


def traced(
    monkeypatch: pytest.MonkeyPatch, sample: float, *faults: Any, flow: Flow | None = None, **options: Any
) -> SimulationResult:
    monkeypatch.setattr(simulation, "compile_run", partial(compile_run, trace_sample=sample))
    return simulate(flow or diamond(), faults, **options)


def all_of(exporters: list[InMemorySpanExporter]) -> list[Any]:
    return [span for exporter in exporters for span in exporter.get_finished_spans()]


def by_trace(exporters: list[InMemorySpanExporter]) -> dict[int, list[Any]]:
    traces: dict[int, list[Any]] = {}
    for span in all_of(exporters):
        traces.setdefault(span.context.trace_id, []).append(span)
    return traces


def by_message(exporters: list[InMemorySpanExporter]) -> dict[int, dict[str, Any]]:
    traces: dict[int, dict[str, Any]] = {}
    for span in all_of(exporters):
        spans = traces.setdefault(span.attributes["daskflow.number"], {})
        assert span.name not in spans, "a span that is there twice"
        spans[span.name] = span
    return traces


def test_a_message_is_one_trace_and_spans_have_those_of_the_nodes_before_as_parents(exporters, monkeypatch):
    traced(monkeypatch, 1.0, Fail("skips", at=7))
    traces = by_message(exporters)
    assert sorted(traces) == list(range(COUNT))
    assert len({span.context.trace_id for spans in traces.values() for span in spans.values()}) == COUNT
    for number, spans in traces.items():
        whole = {"source", "left", "skips", "joined", "collect"}
        assert set(spans) == (whole - {"joined", "collect"} if number in (5, 7) else whole)
        assert len({span.context.trace_id for span in spans.values()}) == 1
        assert spans["source"].parent is None
        assert spans["left"].parent.span_id == spans["skips"].parent.span_id
        assert spans["left"].parent.span_id == spans["source"].context.span_id
    spans = traces[3]
    assert spans["joined"].parent.span_id == spans["left"].context.span_id
    assert [link.context.span_id for link in spans["joined"].links] == [spans["skips"].context.span_id]
    assert spans["source"].end_time <= spans["left"].start_time <= spans["left"].end_time
    assert [spans[name].kind for name in ("source", "left", "collect")] == [
        SpanKind.PRODUCER, SpanKind.INTERNAL, SpanKind.CONSUMER,
    ]  # fmt: skip
    assert spans["collect"].attributes["daskflow.task"] == "collect-0"
    assert traces[5]["skips"].attributes["daskflow.outcome"] == "skipped"
    failed = traces[7]["skips"]
    assert (failed.attributes["daskflow.outcome"], failed.status.is_ok) == ("failed", False)
    assert failed.start_time <= failed.end_time


def test_all_tasks_agree_on_the_sample_also_after_a_kill(exporters, monkeypatch):
    traced(monkeypatch, 0.5, Kill("left", at=2))
    traces = by_message(exporters)
    assert 0 < len(traces) < COUNT
    for number, spans in traces.items():
        assert len(spans) == (3 if number == 5 else 5)


def test_without_a_sample_there_is_no_span(exporters, monkeypatch):
    traced(monkeypatch, 0.0)
    assert exporters == []


class Together(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> list[int]:
        return values


def test_a_span_of_a_batch_is_as_long_as_the_call_for_all_of_it(exporters, monkeypatch):
    source = Given(range(COUNT), name="source")
    together = Together(name="together", batch_size=4, max_wait_s=30.0)(source)
    flow = Flow([source], [CollectConsumer(name="collect")(together)], BATCH)
    traced(monkeypatch, 1.0, flow=flow, call_s={"together": 2.0, "source": 1e-4})
    for spans in by_message(exporters).values():
        span = spans["together"]
        assert span.end_time - span.start_time == pytest.approx(2e9, rel=0.01)


def test_messages_between_which_there_is_no_edge_are_no_trace(exporters, monkeypatch):
    sources = [Given(range(COUNT), name=name) for name in ("yard", "gate", "door")]
    joined = Passes(name="joined")(*sources[1:])
    ends = [CollectConsumer(name="collect")(sources[0]), CollectConsumer(name="other")(joined)]
    traced(monkeypatch, 1.0, flow=Flow(sources, ends, BATCH))
    assert {frozenset(span.name for span in spans) for spans in by_trace(exporters).values()} == {
        frozenset({"yard", "collect"}),
        frozenset({"gate", "door", "joined", "other"}),
    }


@pytest.mark.parametrize("sampler", ["always_off", "parentbased_traceidratio"])
def test_the_sampler_of_the_environment_leaves_no_holes(exporters, monkeypatch, sampler: str):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    traced(monkeypatch, 1.0)
    assert sorted(map(len, by_trace(exporters).values())) == [3] + [5] * (COUNT - 1)


def test_the_service_is_the_flow_unless_the_environment_says_otherwise(exporters, monkeypatch):
    def service() -> set[str]:
        exporters.clear()
        traced(monkeypatch, 1.0)
        return {span.resource.attributes["service.name"] for span in all_of(exporters)}

    assert service() == {diamond().name}
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=cameras")
    assert service() == {"cameras"}
    monkeypatch.setenv("OTEL_SERVICE_NAME", "yard cameras")
    assert service() == {"yard cameras"}


def line(fuse: Any) -> Flow:
    source = Given(range(COUNT), name="source")
    first = Passes(name="first", on_error="skip")(source)
    skips = Passes(name="skips", on_error="skip")(first)
    last = Passes(name="last", on_error="skip")(skips)
    return Flow([source], [CollectConsumer(name="collect")(last)], BATCH, fuse=fuse)


def test_the_members_of_a_fused_chain_have_the_spans_that_they_have_unfused(exporters, monkeypatch):
    monkeypatch.setattr(simulation, "compile_run", partial(compile_run, trace_sample=1.0))
    told = []
    for fuse in (None, [("first", "skips", "last")]):
        exporters.clear()
        simulate(line(fuse), [Fail("last", at=7)])
        traces = by_message(exporters)
        told.append(
            {
                (number, name): (span.attributes["daskflow.outcome"], span.parent and span.parent.span_id)
                for number, spans in traces.items()
                for name, span in spans.items()
            }
        )
    assert told[0] == told[1]  # ids of spans are hashes of run, number and node
    assert told[1][7, "last"][0] == "failed"
    assert told[1][5, "skips"][0] == "skipped"
    for spans in traces.values():
        in_order = [spans[name] for name in ("source", "first", "skips", "last", "collect") if name in spans]
        assert all(one.end_time <= other.start_time for one, other in pairwise(in_order[1:]))
        assert spans["skips"].attributes["daskflow.task"] == "first+skips+last-0"
