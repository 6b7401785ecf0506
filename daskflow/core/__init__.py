"""What a user subclasses and wires; the lowest floor, which imports nothing of Dask."""

from typing import Any

from daskflow.core.constants import BATCH, CPU, GPU, REALTIME, SKIP
from daskflow.core.context import Context
from daskflow.core.graph import GraphEngine

__all__ = ["BATCH", "CPU", "GPU", "REALTIME", "SKIP", "Context", "Flow", "GraphEngine"]


def __getattr__(name: str) -> Any:
    # `from daskflow.core import Flow` is what Videoflow programs write; Flow itself stands at the top.
    if name == "Flow":
        from daskflow.flow import Flow

        return Flow
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
