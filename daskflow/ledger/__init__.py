"""The pure state machine of a run: every message, from production to its last reader."""

from daskflow.ledger.ledger import FAILED, NOTHING, OUTPUT, SKIPPED, Ledger, Outcome
from daskflow.ledger.snapshot import LedgerSnapshot, NodeCounts
from daskflow.ledger.state import Lease, Outbox, Payload
from daskflow.ledger.topology import EdgeSpec, NodeSpec, Topology

__all__ = [
    "FAILED",
    "NOTHING",
    "OUTPUT",
    "SKIPPED",
    "EdgeSpec",
    "Lease",
    "Ledger",
    "LedgerSnapshot",
    "NodeCounts",
    "NodeSpec",
    "Outbox",
    "Outcome",
    "Payload",
    "Topology",
]
