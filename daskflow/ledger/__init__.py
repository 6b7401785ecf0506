"""The pure state machine of a run: every message, from production to its last reader."""

from daskflow.ledger.counts import EdgeCounts, LedgerCounts, NodeCounts, TaskCounts
from daskflow.ledger.durability import Missing
from daskflow.ledger.ledger import Ledger
from daskflow.ledger.losses import GPU_LOST, STATE_LOST, TOO_LONG, TOO_OFTEN, Dead
from daskflow.ledger.messages import (
    DEAD,
    FAILED,
    FRESH,
    NOTHING,
    OUTPUT,
    REPLAY,
    REPLAY_OF_FAILURE,
    REPLAYED,
    SKIPPED,
    SUSPECT,
    Lease,
    Outcome,
    Payload,
    Start,
)
from daskflow.ledger.state import Outbox
from daskflow.ledger.topology import EdgeSpec, NodeSpec, Topology

__all__ = [
    "DEAD",
    "FAILED",
    "FRESH",
    "GPU_LOST",
    "NOTHING",
    "OUTPUT",
    "REPLAY",
    "REPLAYED",
    "REPLAY_OF_FAILURE",
    "SKIPPED",
    "STATE_LOST",
    "SUSPECT",
    "TOO_LONG",
    "TOO_OFTEN",
    "Dead",
    "EdgeCounts",
    "EdgeSpec",
    "Lease",
    "Ledger",
    "LedgerCounts",
    "Missing",
    "NodeCounts",
    "NodeSpec",
    "Outbox",
    "Outcome",
    "Payload",
    "Start",
    "TaskCounts",
    "Topology",
]
