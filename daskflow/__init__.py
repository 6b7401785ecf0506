"""Video and stream processing as a flow graph that runs on Dask."""

from typing import Any

from daskflow.core.constants import BATCH, CPU, GPU, REALTIME, SKIP
from daskflow.core.context import Context
from daskflow.core.node import (
    BatchProcessorNode,
    ConsumerNode,
    FunctionProcessorNode,
    Node,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
    TaskModuleNode,
)
from daskflow.version import __version__

__all__ = [
    "BATCH",
    "CPU",
    "GPU",
    "REALTIME",
    "SKIP",
    "BatchProcessorNode",
    "ConsumerNode",
    "Context",
    "Flow",
    "FunctionProcessorNode",
    "Node",
    "OneTaskProcessorNode",
    "ProcessorNode",
    "ProducerNode",
    "TaskModuleNode",
    "__version__",
]


def __getattr__(name: str) -> Any:
    # Flow brings Dask with it, which takes most of a second to import: only when it is asked for.
    if name == "Flow":
        from daskflow.flow import Flow

        return Flow
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
