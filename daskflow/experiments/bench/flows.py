"""Flows as they are measured, each as a user would write and run it.

``python -m daskflow.experiments.bench.flows`` reads a request per line and answers each with a line.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from daskflow.core.constants import BATCH
from daskflow.experiments.bench.arrivals import Figures
from daskflow.experiments.bench.frames import WrongMessage
from daskflow.experiments.bench.memory import family_pss_mb
from daskflow.experiments.bench.meter import CpuHistory
from daskflow.experiments.bench.nodes import Hop, Sink, Source, read_note
from daskflow.experiments.bench.serve import serve
from daskflow.experiments.bench.spec import StreamSpec
from daskflow.experiments.bench.summary import STAGE_S

if TYPE_CHECKING:
    from daskflow.flow import Flow
    from daskflow.monitor.snapshot import RunSnapshot

SETTLE_S = 0.5
"""How long a flow runs before its memory is looked at, in seconds after its first messages."""


def measure(request: Mapping[str, Any]) -> Figures:
    """Run the flow of a request and say what it gave; what `serve` answers with."""
    with tempfile.TemporaryDirectory(dir=request["folder"]) as folder:
        return KINDS[request["kind"]](request, folder)


def stream(request: Mapping[str, Any], folder: str) -> Figures:
    """A stream through a chain, or to several consumers: rate, latency, and what it took per message."""
    spec = StreamSpec.from_request(request["stream"])
    source = Source(spec, folder)
    last: Source | Hop = source
    for i in range(spec.hops - 1):
        last = Hop(spec, folder, f"hop-{i}")(last)
    names = ["sink", *(f"sink-{i}" for i in range(1, spec.readers))]
    return _run_to_figures(source, [Sink(spec, folder, name)(last) for name in names], folder)


def scale(request: Mapping[str, Any], folder: str) -> Figures:
    """A stage that sleeps, with so many tasks."""
    spec = StreamSpec.from_request(request["stream"])
    source = Source(spec, folder)
    stage = Hop(spec, folder, "stage", nb_tasks=request["tasks"], sleep_s=STAGE_S)(source)
    return _run_to_figures(source, [Sink(spec, folder)(stage)], folder)


def cpu(request: Mapping[str, Any], folder: str) -> Figures:
    """A stream through a chain whose processes read their own CPU time."""
    spec = StreamSpec.from_request(request["stream"])
    flow, nodes = _chain(spec, folder, spec.hops + 1, is_metered=True)
    with CpuHistory() as history:
        flow.run()
        flow.join()
    figures = _stream_figures(folder)
    notes = [read_note(folder, name)["cpu"] for name in nodes]
    if idle := [name for name, note in zip(nodes, notes, strict=True) if not note["messages"]]:
        raise WrongMessage(f"no messages came to {', '.join(idle)} after the warm-up: too short a stream")
    at_sink = notes[-1]
    caller_s = history.spent_s(at_sink["begin_s"], at_sink["end_s"]) / at_sink["messages"]
    all_s = caller_s + sum(note["cpu_s"] / note["messages"] for note in notes)  # per message
    return {
        **figures,
        "cpu_us_per_hop": 1e6 * all_s / spec.hops,
        "caller_cpu_us_per_hop": 1e6 * caller_s / spec.hops,
        "cpu_percent": 100 * all_s * figures["rate_per_s"],
        "caller_cpu_percent": 100 * caller_s * figures["rate_per_s"],
    }


def start(request: Mapping[str, Any], folder: str) -> Figures:
    """How long a chain takes to its first message, and from its last to the end of `join`."""
    begin_s = time.monotonic()
    import daskflow.flow  # noqa: F401  timed: it is the first use of it in this process

    import_s = time.monotonic() - begin_s
    flow, _ = _chain(StreamSpec("dicts", seconds=0.0, warm_s=0.0), folder, request["nodes"])
    begin_s = time.monotonic()
    flow.run()
    flow.join()
    end_s = time.monotonic()
    note = read_note(folder, "sink")
    return {
        "import_s": import_s,
        "start_s": note["first_s"] - begin_s,
        "end_s": end_s - note["last_s"],
    }


def memory(request: Mapping[str, Any], folder: str) -> Figures:
    """What all processes of a chain hold together while it runs, in MB."""
    nodes = request["nodes"]
    flow, names = _chain(StreamSpec("dicts", seconds=3600.0, warm_s=0.0, per_s=10.0), folder, nodes)
    flow.run()
    try:
        while flow.is_running and flow.metrics()[names[-1]].received < 5:
            time.sleep(0.05)
        time.sleep(SETTLE_S)
        pss_mb = family_pss_mb(os.getpid())
    finally:
        flow.stop()
    return {f"pss_{nodes}_nodes_mb": pss_mb}


KINDS: Mapping[str, Callable[[Mapping[str, Any], str], Figures]] = {
    "stream": stream,
    "scale": scale,
    "cpu": cpu,
    "start": start,
    "memory": memory,
}


def _chain(spec: StreamSpec, folder: str, nodes: int, *, is_metered: bool = False) -> tuple[Flow, list[str]]:
    from daskflow.flow import Flow  # the baselines' machinery is shared, and `start` times this import

    source = Source(spec, folder, is_metered=is_metered)
    names, last = ["source"], source
    for i in range(nodes - 2):
        names.append(f"hop-{i}")
        last = Hop(spec, folder, names[-1], is_metered=is_metered)(last)  # type: ignore[assignment]
    sink = Sink(spec, folder, is_metered=is_metered)(last)
    return Flow([source], [sink], BATCH), [*names, "sink"]


def _run_to_figures(source: Source, sinks: list[Sink], folder: str) -> Figures:
    from daskflow.flow import Flow

    flow = Flow([source], sinks, BATCH)
    flow.run()
    flow.join()
    metrics = flow.metrics()
    return {**_stream_figures(folder), **_per_message(metrics, metrics[source].emitted)}


def _per_message(metrics: RunSnapshot, messages: int) -> Figures:
    nodes = metrics.values()
    return {
        "copies_per_message": sum(node.stored for node in nodes) / messages,
        "forwards_per_message": sum(node.forwards for node in nodes) / messages,
        "exchanges_per_message": sum(node.steps + node.tellings for node in nodes) / messages,
    }


def _stream_figures(folder: str) -> Figures:
    note = read_note(folder, "sink")
    if "problem" in note:
        raise WrongMessage(note["problem"])
    figures: Figures = note["figures"]
    return figures


if __name__ == "__main__":
    serve(measure)
