"""Nodes: what a user subclasses and wires."""

from daskflow.core.node.base import Node
from daskflow.core.node.batch import BatchProcessorNode
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.core.node.function import FunctionProcessorNode
from daskflow.core.node.fused import FusedNode
from daskflow.core.node.kinds import ConsumerNode, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.core.node.task_module import TaskModuleNode

__all__ = [
    "BatchProcessorNode",
    "CallerConsumerNode",
    "ConsumerNode",
    "FunctionProcessorNode",
    "FusedNode",
    "Node",
    "OneTaskProcessorNode",
    "ProcessorNode",
    "ProducerNode",
    "TaskModuleNode",
]
