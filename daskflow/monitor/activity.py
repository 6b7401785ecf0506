"""What a node did with its time."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.core.histogram import NOTHING, Histogram


@dataclass(frozen=True, slots=True)
class Activity:
    """A node's rates and shares over a span of a run. The five shares, of its tasks' time, sum up to 1.

    Attributes
    ----------
    span_s : float
        How long the span is, in seconds.
    rate : float
        Messages finished per second: with a result, skipped, or failed.
    drop_rate : float
        Messages dropped per second, because an edge into the node was full.
    possible_rate : float
        How many a second its tasks could finish if they never waited, by how long they took for those that
        they had; 0 where they had none.
    busy : float
        In the node's own code.
    copying : float
        Taking inputs out of their slots and putting results into slots, with what the runtime does beside it.
    wire : float
        Waiting for the ledger to answer, although there is input and room.
    blocked : float
        Without room for a result.
    starved : float
        Without input.
    queued : float
        Share of its tasks' time, within those above, that they were ready to run and waited for a core; 0
        where that is not known.
    cpu : float
        How many cores its processes kept busy on average; 0 where that is not known.
    process_time : Histogram
        How long calls of the node took, for each message, in seconds.
    """

    span_s: float = 0.0
    rate: float = 0.0
    drop_rate: float = 0.0
    possible_rate: float = 0.0
    busy: float = 0.0
    copying: float = 0.0
    wire: float = 0.0
    blocked: float = 0.0
    starved: float = 0.0
    queued: float = 0.0
    cpu: float = 0.0
    process_time: Histogram = NOTHING
