"""Figures of a flow as a whole, read off a snapshot: how far it has come, how fast, what limits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.core.node import Node, ProducerNode
from daskflow.monitor.activity import Activity
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.verdict import UNKNOWN


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a flow has come.

    Attributes
    ----------
    produced : int
        Messages that the producers gave; of several producers the most.
    done : int
        Messages that are resolved at every consumer, with a result or without one.
    dropped : int
        Messages dropped, summed over the nodes.
    elapsed_s : float
        Seconds since messages could move; 0 while nodes are still opening.
    total : int or None
        Messages that there will be, where that is known.
    failed : int
        Messages given up, summed over the nodes.
    lost : int
        Messages that went with their host, summed over the nodes.
    """

    produced: int
    done: int
    dropped: int
    elapsed_s: float
    total: int | None = None
    failed: int = 0
    lost: int = 0

    @property
    def count(self) -> str:
        """How many are done, such as ``120 of 300``."""
        return f"{self.done}" if self.total is None else f"{self.done} of {self.total}"

    def words(self, rate: float) -> str:
        """The progress in words, such as ``120 of 300 messages, 45.1 per second, 2 dropped``."""
        if not self.elapsed_s:
            return "starting"
        lost = "".join(
            f", {count} {what}"
            for count, what in ((self.dropped, "dropped"), (self.lost, "lost"), (self.failed, "failed"))
            if count
        )
        return f"{self.count} messages, {rate:.1f} per second{lost}"


def ends_of(snapshot: RunSnapshot) -> list[NodeMetrics]:
    """The nodes at the end of the flow: the consumers; a flow may end in processors."""
    nodes = list(snapshot.nodes.values())
    return [node for node in nodes if node.kind == "consumer"] or [
        node for node in nodes if node.kind != "producer"
    ]


def progress_of(snapshot: RunSnapshot, total: int | None = None) -> Progress:
    """Read the progress off a snapshot; `total` comes before what the snapshot says of it."""
    nodes = list(snapshot.nodes.values())
    produced = max((node.emitted + node.skipped for node in nodes if node.kind == "producer"), default=0)
    done = (node.received + node.dropped + node.lost + node.voided for node in ends_of(snapshot))
    return Progress(
        produced=produced,
        done=min(done, default=produced),
        dropped=sum(node.dropped for node in nodes),
        elapsed_s=snapshot.elapsed_s,
        total=snapshot.total if total is None else total,
        failed=sum(node.failed for node in nodes),
        lost=sum(node.lost for node in nodes),
    )


def span_of(node: NodeMetrics, snapshot: RunSnapshot) -> Activity:
    """What is shown of a node: the last seconds, or after the end the whole run."""
    return node.whole if snapshot.is_over else node.recent


def rate_of(snapshot: RunSnapshot) -> float:
    """Messages per second that each end of the flow finishes: in the last seconds, after the end in all."""
    return min((span_of(node, snapshot).rate for node in ends_of(snapshot)), default=0.0)


def latencies_of(snapshot: RunSnapshot) -> list[Histogram]:
    """How long messages took from a producer to an end, for each path, in the same span."""
    return [path.latency if snapshot.is_over else path.recent for path in snapshot.paths.values()]


def latency_of(snapshot: RunSnapshot) -> Histogram:
    """The same over all paths."""
    return sum(latencies_of(snapshot), start=NOTHING)


def limit_of(snapshot: RunSnapshot) -> str:
    """What limits the flow, in a word or two: a node's name, or what is short; empty while not known."""
    verdict = snapshot.verdict
    if verdict.reason == UNKNOWN:
        return ""
    return verdict.bottleneck or verdict.reason


def flow_length(nodes: Sequence[Node]) -> int | None:
    """How many messages a flow will handle; None where no producer knows.

    Of several producers the shortest counts: where they are joined it ends the join.
    """
    lengths = [node.length for node in nodes if isinstance(node, ProducerNode)]
    return min((length for length in lengths if length is not None), default=None)


def clock_words(seconds: float) -> str:
    """A length of time as ``1:23`` or ``12:05:09``."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
