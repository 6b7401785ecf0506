"""Spans of real processes, as a collector gets them that the environment names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dask.config
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD

COUNT = 8


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """The address of one on this machine, and what it was sent."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()
        thread.join()


def test_each_message_is_one_trace_through_all_processes(monkeypatch):
    numbers = IntProducer(0, COUNT - 1, name="numbers")
    same = IdentityProcessor(name="same", nb_tasks=2)(numbers)
    flow = Flow([numbers], [VoidConsumer(name="end")(same)], BATCH, name="yard")
    with collector() as (address, requests):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        with dask.config.set({"daskflow.tracing.sample": 1.0}):
            flow.run(cluster=NO_DASHBOARD)
        flow.join()
    groups = [group for request in requests for group in request.resource_spans]
    told = [attribute for group in groups for attribute in group.resource.attributes]
    assert {each.value.string_value for each in told if each.key == "service.name"} == {"yard"}
    traces: dict[bytes, dict[str, Any]] = {}
    for span in [span for group in groups for scope in group.scope_spans for span in scope.spans]:
        traces.setdefault(span.trace_id, {})[span.name] = span
    assert len(traces) == COUNT
    for spans in traces.values():
        assert set(spans) == {"numbers", "same", "end"}
        assert spans["numbers"].parent_span_id == b""
        assert spans["same"].parent_span_id == spans["numbers"].span_id
        assert spans["end"].parent_span_id == spans["same"].span_id
        begins = [spans[name].start_time_unix_nano for name in ("numbers", "same", "end")]
        assert begins == sorted(begins)
