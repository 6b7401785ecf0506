"""What limits a flow, in words."""

from daskflow.monitor.verdict.judge import verdict_of, verdicts_of
from daskflow.monitor.verdict.statement import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    SMALL_EDGE,
    UNKNOWN,
    NodeVerdict,
    Verdict,
)

__all__ = [
    "FEW_CORES",
    "FULL_MEMORY",
    "SLOW_CONSUMER",
    "SLOW_LEDGER",
    "SLOW_PROCESSOR",
    "SLOW_PRODUCER",
    "SLOW_STATEFUL",
    "SMALL_EDGE",
    "UNKNOWN",
    "NodeVerdict",
    "Verdict",
    "verdict_of",
    "verdicts_of",
]
