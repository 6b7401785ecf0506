"""What the next process of a node does."""

from __future__ import annotations

import pytest

from daskflow import BATCH, ConsumerNode, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.consumers import VideofileWriter
from daskflow.core.graph import GraphEngine
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, build_plan
from daskflow.plan.recovery import ENDS, FRESH, LIVE, SEEKS, SNAPSHOTS, recovery_of, settled_policy
from daskflow.processors import SumAggregator
from daskflow.producers import IntProducer


class Live(ProducerNode):
    is_live = True


class Claims(ProducerNode):
    resumable = True


class Forgetful(OneTaskProcessorNode):
    resumable = True


class Both(ProcessorNode):
    def snapshot(self) -> None: ...

    def restore(self, state: None) -> None: ...


@pytest.mark.parametrize(
    ("node", "recovery"),
    [
        (IntProducer(), SEEKS),
        (ProducerNode(), ENDS),
        (Live(), LIVE),
        (Claims(), ENDS),  # a fresh one would begin at its first message again
        (ProcessorNode(3), FRESH),
        (ConsumerNode(), FRESH),
        (VideofileWriter("v.mp4"), ENDS),
        (OneTaskProcessorNode(), ENDS),
        (Forgetful(), FRESH),
        (SumAggregator(), SNAPSHOTS),
        (Both(), SNAPSHOTS),
        (Both(2), FRESH),  # each copy has seen other messages
    ],
)
def test_what_can_take_over(node, recovery) -> None:
    assert recovery_of(node, node.nb_tasks) == recovery


def test_a_nodes_own_number_of_restarts_comes_first() -> None:
    assert settled_policy(ProcessorNode().policy, 7).max_restarts == 7
    assert settled_policy(ProcessorNode(max_restarts=0).policy, 7).max_restarts == 0


def test_the_plan_says_it_and_counts_the_frames_that_are_held() -> None:
    def plan_with(every: int):
        source = IntProducer(name="in")
        SumAggregator(name="sum", snapshot_every=every)(source)
        graph = GraphEngine([source])
        options = FlowOptions.of(graph.names, {"queue_size": 4, "max_restarts": 9})
        return build_plan(graph, Inventory(2), options, flow_name="f", flow_type=BATCH)

    assert [node.recovery for node in plan_with(5).nodes] == [SEEKS, SNAPSHOTS]
    assert "restores a snapshot" in str(plan_with(5))
    assert plan_with(5).nodes[1].policy.max_restarts == 9
    assert plan_with(25).most_frames - plan_with(5).most_frames == 20
