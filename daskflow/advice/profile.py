"""What a flow's nodes cost, measured in one run: frozen, printable, kept as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.errors import ProfileError
from daskflow.monitor.parts import Edge

FORM = 1
"""Which form the JSON has; it changes where a program that reads it would have to, not for a new key."""


@dataclass(frozen=True, slots=True)
class NodeProfile:
    """One node: what a message takes there. All times are in seconds.

    Attributes
    ----------
    name, kind : str
        The node and what it is; see `daskflow.plan.NodePlan`.
    parents : tuple of str
        Names of the nodes that it reads.
    nb_tasks : int
        How many tasks ran it.
    device : str
        Where they ran: ``"cpu"``, ``"gpu"``, or ``"2 gpu, 1 cpu"``.
    gpu_share : float
        Of a GPU that each of its tasks wishes for; 0 where it does not wish for one.
    batch_size : int
        How many messages a call may be for.
    service : Histogram
        How long calls took, for each message.
    own_s : float
        How long a task was occupied by a message: its part of the call, and moving it in and out. 0 where
        that is not known.
    copying_s : float
        Of that, moving it in and out, with what the runtime does beside.
    queued_s : float
        Of `own_s`, waiting for a core.
    wire_s : float
        How long a task waited for the ledger's answer for each message, beside `own_s`.
    cpu_s : float
        Processor time for each message.
    rate : float
        Messages per second that it finished.
    part : float
        Which part of the flow's messages comes to it, from 0 to 1; the others were skipped above it.
    passed : float
        Which part of what came it gave a result for, from 0 to 1; a consumer passes all.
    payload_bytes : int or None
        How large its results are, at most a quarter too large, where they go through shared memory.
    """

    name: str
    kind: str
    parents: tuple[str, ...] = ()
    nb_tasks: int = 1
    device: str = "cpu"
    gpu_share: float = 0.0
    batch_size: int = 1
    service: Histogram = NOTHING
    own_s: float = 0.0
    copying_s: float = 0.0
    queued_s: float = 0.0
    wire_s: float = 0.0
    cpu_s: float = 0.0
    rate: float = 0.0
    part: float = 1.0
    passed: float = 1.0
    payload_bytes: int | None = None

    @property
    def undisturbed_s(self) -> float:
        """How long a task is occupied by a message when it never waits for a core, in seconds."""
        return max(0.0, self.own_s - self.queued_s)

    @property
    def computing(self) -> float:
        """Which part of that time it computes, from 0 to 1."""
        return min(1.0, self.cpu_s / self.undisturbed_s) if self.undisturbed_s > 0 else 0.0

    @property
    def can_be_replicated(self) -> bool:
        """Whether several tasks may run it: producers, consumers and nodes with memory run as one."""
        return self.kind == "processor"


@dataclass(frozen=True, slots=True)
class FlowProfile:
    """A flow as it was measured; made by `Flow.profile`, for `Flow.advise`.

    Attributes
    ----------
    flow_name, flow_type : str
        The flow, and ``"batch"`` or ``"realtime"``.
    nodes : mapping of str to NodeProfile
        By name, in topological order.
    edges : mapping of (str, str) to int
        How many messages each edge admitted, by names of source and target.
    messages : int
        How many came to the end of the flow while it was measured.
    span_s : float
        How long it was measured, in seconds.
    rate : float
        Messages per second that came to the end.
    latency : Histogram
        How long messages took from producers to ends, in seconds, of a sample of them.
    cores : int
        Processor cores that the flow may use here.
    foreign_cores : float
        How many of them something else than the flow kept busy.
    standing_cores : float
        How many its processes took as such, whatever messages there are.
    ledger_s : float
        Processor time of the ledger for each message of the flow, in seconds.
    ledger_cpu : float
        Share of its time that the ledger's thread computed, from 0 to 1.
    gpus : int
        How many GPUs the flow might use.
    verdict : str
        What limited it, in words.
    created_at : str
        When it was measured: ISO 8601, UTC.
    """

    flow_name: str
    flow_type: str
    nodes: Mapping[str, NodeProfile]
    edges: Mapping[Edge, int] = field(default_factory=dict)
    messages: int = 0
    span_s: float = 0.0
    rate: float = 0.0
    latency: Histogram = NOTHING
    cores: int = 1
    foreign_cores: float = 0.0
    standing_cores: float = 0.0
    ledger_s: float = 0.0
    ledger_cpu: float = 0.0
    gpus: int = 0
    verdict: str = ""
    created_at: str = ""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a JSON file, which is replaced if it exists.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        Path(path).write_text(json.dumps(_record_of(self), allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FlowProfile:
        """Read one that was saved.

        Parameters
        ----------
        path : str or os.PathLike
            What `save` has written.

        Returns
        -------
        FlowProfile
            Equal to the one that was saved.

        Raises
        ------
        OSError
            The file cannot be read.
        ProfileError
            It holds no profile, or one of another form.
        """
        try:
            record = json.loads(Path(path).read_text())
            if record["form"] != FORM:
                raise ProfileError(f"{path} holds a profile of form {record['form']}, expected {FORM}")
            return _profile_of(record)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ProfileError):
                raise
            raise ProfileError(
                f"{path} holds no profile, which FlowProfile.save writes: {type(error).__name__}: {error}"
            ) from error

    def __str__(self) -> str:
        from daskflow.advice.table import profile_table

        return profile_table(self)


def _record_of(profile: FlowProfile) -> dict[str, Any]:
    record = {name: getattr(profile, name) for name in FlowProfile.__slots__}
    nodes = [
        {
            name: _counts(value) if isinstance(value := getattr(node, name), Histogram) else value
            for name in NodeProfile.__slots__
        }
        for node in profile.nodes.values()
    ]
    edges = [{"source": a, "target": b, "capacity": size} for (a, b), size in profile.edges.items()]
    return {"form": FORM, **record, "nodes": nodes, "edges": edges, "latency": _counts(profile.latency)}


def _profile_of(record: Mapping[str, Any]) -> FlowProfile:
    given = {key: value for key, value in record.items() if key in FlowProfile.__slots__}
    nodes = [
        NodeProfile(
            **{
                **{key: value for key, value in node.items() if key in NodeProfile.__slots__},
                "parents": tuple(node["parents"]),
                "service": _histogram(node["service"]),
            }
        )
        for node in record["nodes"]
    ]
    given["nodes"] = {node.name: node for node in nodes}
    given["edges"] = {(edge["source"], edge["target"]): edge["capacity"] for edge in record["edges"]}
    given["latency"] = _histogram(record["latency"])
    return FlowProfile(**given)


def _counts(histogram: Histogram) -> dict[str, Any]:
    return {"sum_s": histogram.sum_s, "buckets": sorted(histogram.counts.items())}


def _histogram(record: Mapping[str, Any]) -> Histogram:
    return Histogram({int(bucket): int(count) for bucket, count in record["buckets"]}, float(record["sum_s"]))
