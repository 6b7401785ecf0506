"""What can be measured: each workload with the systems that are compared on it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daskflow.experiments.bench.summary import DASKFLOW

RAW = "daskflow.experiments.bench.raw"
FLOWS = "daskflow.experiments.bench.flows"

FULL_HD = (1080, 1920, 3)
VGA = (480, 640, 3)


class UnknownWorkload(ValueError):
    """There is no workload of that name."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One system on one workload.

    Attributes
    ----------
    system : str
        daskflow, or the name of a baseline.
    module : str
        What measures it, in a process of its own.
    request : mapping
        What that is asked; the length of a stream is added when it runs.
    is_fresh : bool
        Whether the process must not have run anything before.
    is_reference : bool
        Measured once, and not in a quick run: it is slow, and only there to compare.
    """

    system: str
    module: str
    request: Mapping[str, Any]
    is_fresh: bool = True
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to measure.

    Attributes
    ----------
    name, says : str
        What it is called, and what it is.
    shows : tuple of str
        The metrics that the table shows.
    trials : tuple of Trial
        The systems, run in turn.
    is_quick : bool
        Whether a quick run has it.
    stretch : float
        How much longer than other streams it is.
    """

    name: str
    says: str
    shows: tuple[str, ...]
    trials: tuple[Trial, ...]
    is_quick: bool = False
    stretch: float = 1.0


def _flow(kind: str, *, is_fresh: bool = False, **request: Any) -> Trial:
    return Trial(DASKFLOW, FLOWS, {"kind": kind, **request}, is_fresh)


def _raw(chain: str, stream: Mapping[str, Any], *, is_reference: bool = False) -> Trial:
    return Trial(chain, RAW, {"chain": chain, "stream": stream}, is_reference=is_reference)


def _frames(
    name: str, size: str, shape: Sequence[int], operation: str, *, references: Sequence[str] = (), **more: Any
) -> Workload:
    stream = {"payload": "frames", "shape": shape, "operation": operation}
    what, ring = {
        "new": ("a processor that makes a new frame", "ring, copied"),
        "same": ("a processor that returns its input", "ring, passed"),
    }[operation]
    slow = [_raw(chain, stream, is_reference=True) for chain in references]
    trials = (_flow("stream", stream=stream), _raw(ring, stream), *slow)
    return Workload(name, f"{size} frames through {what}", ("rate_per_s",), trials, **more)


def _dicts(operation: str, *, is_quick: bool) -> Workload:
    stream = {"payload": "dicts", "operation": operation}
    what = {"new": "makes a new dict", "same": "returns its input"}[operation]
    trials = (_flow("stream", stream=stream), _raw("mp.Queue", stream), _raw("mp.Pipe", stream))
    says = f"small dicts through a processor that {what}"
    return Workload(f"dicts-{operation}", says, ("rate_per_s",), trials, is_quick)


def _latency(hops: int, *, is_quick: bool) -> Workload:
    stream = {"payload": "frames", "shape": VGA, "hops": hops, "per_s": 50.0}
    trials = (_flow("stream", stream=stream), _raw("ring, copied", stream))
    shows = ("latency_ms", "latency_p95_ms", "latency_p99_ms", *(["added_ms_per_hop"] if hops == 4 else []))
    says = f"50 frames/s of 640x480 over {hops} edge{'s' if hops > 1 else ''}"
    return Workload(f"latency-{hops}", says, shows, trials, is_quick, stretch=2.0)


def _fan_out() -> Workload:
    stream = {"payload": "frames", "shape": FULL_HD, "hops": 1, "readers": 4}
    trials = (_flow("stream", stream=stream), _raw("ring, shared", stream))
    return Workload(
        "fan-out", "1920x1080 frames to four consumers", ("rate_per_s", "copies_per_message"), trials
    )


def _scale(tasks: int) -> Workload:
    trial = _flow("scale", tasks=tasks, stream={"payload": "dicts"})
    shows = ("rate_per_s", *(["speed_up"] if tasks > 1 else []))
    says = f"a stage that sleeps 20 ms, with {tasks} task{'s' if tasks > 1 else ''}, results in order"
    return Workload(f"scale-{tasks}", says, shows, (trial,))


def _cpu(name: str, says: str, chain: str, stream: Mapping[str, Any]) -> Workload:
    stream = {**stream, "checked": False}
    trials = (_flow("cpu", stream=stream, is_fresh=True), _raw(chain, stream))
    return Workload(name, says, ("cpu_us_per_hop", "caller_cpu_us_per_hop"), trials, stretch=2.0)


def _cpu_idle() -> Workload:
    stream = {"payload": "dicts", "per_s": 5.0, "checked": False}
    says = "a chain of three nodes that next to nothing passes: what Dask's processes take by themselves"
    trial = _flow("cpu", stream=stream, is_fresh=True)
    return Workload("cpu-idle", says, ("cpu_percent", "caller_cpu_percent"), (trial,), stretch=2.0)


def _start(nodes: int, *, is_quick: bool) -> Workload:
    trial = _flow("start", nodes=nodes, is_fresh=True)
    says = f"a chain of {nodes} nodes: run() to its first message, its last to the end of join()"
    return Workload(f"start-{nodes}", says, ("start_s", "end_s"), (trial,), is_quick)


def _memory() -> Workload:
    trials = tuple(_flow("memory", nodes=nodes, is_fresh=True) for nodes in (5, 10))
    shows = ("pss_5_nodes_mb", "pss_10_nodes_mb", "pss_per_task_mb")
    return Workload("memory", "all processes of a running chain, the caller included", shows, trials)


_REFERENCES = ("mp.Queue", "mp.Pipe")

WORKLOADS: Mapping[str, Workload] = {
    workload.name: workload
    for workload in (
        _frames("1080p-new", "1920x1080", FULL_HD, "new", references=_REFERENCES, is_quick=True),
        _frames("1080p-same", "1920x1080", FULL_HD, "same", references=_REFERENCES, is_quick=True),
        _frames("vga-new", "640x480", VGA, "new"),
        _frames("vga-same", "640x480", VGA, "same"),
        _dicts("new", is_quick=False),
        _dicts("same", is_quick=True),
        _latency(1, is_quick=True),
        _latency(2, is_quick=False),
        _latency(4, is_quick=False),
        _fan_out(),
        _scale(1),
        _scale(2),
        _scale(4),
        _cpu_idle(),
        _cpu(
            "cpu-unloaded",
            "640x480 frames, 50 per second, through nodes that do nothing",
            "ring, passed",
            {"payload": "frames", "shape": VGA, "per_s": 50.0},
        ),
        _cpu(
            "cpu-single",
            "small dicts, 1,000 per second: each is alone in the flow, and finds warm caches",
            "mp.Pipe",
            {"payload": "dicts", "per_s": 1000.0},
        ),
        _cpu("cpu-loaded", "small dicts at full speed", "mp.Pipe", {"payload": "dicts"}),
        _start(5, is_quick=True),
        _start(10, is_quick=False),
        _memory(),
    )
}
"""All workloads by name, in the order in which they run."""


def chosen_workloads(names: Sequence[str], *, quick: bool) -> list[Workload]:
    """The workloads of these names; without names, those of a quick or of a full run.

    Raises
    ------
    UnknownWorkload
        A name is none; the message says which is near.
    """
    for name in names:
        if name not in WORKLOADS:
            near = difflib.get_close_matches(name, WORKLOADS, n=1, cutoff=0.4)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(WORKLOADS)}"
            raise UnknownWorkload(f"there is no workload {name}: {advice}")
    if names:
        return [workload for workload in WORKLOADS.values() if workload.name in names]
    return [workload for workload in WORKLOADS.values() if workload.is_quick or not quick]
