"""Nodes for the tests of the graph."""

from __future__ import annotations

from typing import Any

from daskflow.core.context import Context
from daskflow.core.node import ConsumerNode, OneTaskProcessorNode, ProcessorNode, ProducerNode


class Source(ProducerNode):
    def next(self) -> int:
        raise StopIteration


class One(ProcessorNode):
    def process(self, item: Any) -> Any:
        return item


class Two(ProcessorNode):
    def process(self, left: Any, right: Any) -> Any:
        return left, right


class Many(ProcessorNode):
    def process(self, *items: Any) -> Any:
        return items


class WithContext(ProcessorNode):
    def process(self, item: Any, ctx: Context) -> Any:
        return item, ctx.node_name


class Stateful(OneTaskProcessorNode):
    def process(self, item: Any) -> Any:
        return item


class Sink(ConsumerNode):
    def consume(self, *items: Any) -> None:
        pass


def wiring(*nodes: Any) -> list[tuple[Any, list[Any] | None, list[Any], Any]]:
    """Everything that a refusal must leave as it was."""
    return [(node, node.parents, list(node._children), node._module) for node in nodes]
