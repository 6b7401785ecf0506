"""Hosts that are lost with what was in their memory: it is made again, counted, or ends the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, REALTIME, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import HostLostError
from daskflow.testing import Given, LoseHost, simulate
from tests.simulated.nodes import COUNT, FRAME, KeptTotal

SEEDS = range(8)


class Brighter(ProcessorNode):
    """Makes another frame of one, too large to travel in a message."""

    def process(self, frame: np.ndarray) -> np.ndarray:
        return frame + 1


class Mean(ProcessorNode):
    def process(self, *frames: np.ndarray) -> list[int]:
        return [int(frame.flat[0]) for frame in frames]


class Remembers(OneTaskProcessorNode):
    """Has seen what came before, and keeps it to itself."""

    resumable = False

    def process(self, frame: np.ndarray) -> np.ndarray:
        return frame + 1


def frames() -> Given:
    return Given([np.full(FRAME, i, np.uint8) for i in range(COUNT)], name="frames")


def chain(flow_type: str = BATCH) -> Flow:
    """Each frame becomes another twice, beside itself."""
    source = frames()
    first = Brighter(name="first", nb_tasks=2)(source)
    second = Brighter(name="second")(first)
    mean = Mean(name="mean")(source, first, second)
    total = KeptTotal(name="total", snapshot_every=3)(second)
    ends = [CollectConsumer(name="collect")(mean), CollectConsumer(name="totals")(total)]
    return Flow([source], ends, flow_type)


def results(result: Any) -> list[list[Any]]:
    return [result.results("collect"), result.results("totals")]


@pytest.mark.parametrize(
    "targets",
    [["first"], ["second"], ["first", "second"], ["first-1", "mean"], ["first", "second", "mean", "total"]],
)
def test_what_is_durable_is_made_again(targets):
    undisturbed = results(simulate(chain()))
    again = 0
    for seed in SEEDS:
        loss = LoseHost(targets, at=seed % 7 * 3)
        result = simulate(chain(), [loss], seed=seed, durable=True)
        assert result.missed == ()
        assert results(result) == undisturbed, result.story
        for node in result.metrics.values():
            assert node.lost == node.failed == node.voided == node.in_flight == node.waiting == 0
        again += sum(node.made_again for node in result.metrics.values())
    assert again > 0 or targets == ["first-1", "mean"]


def test_a_producer_that_seeks_begins_earlier():
    undisturbed = results(simulate(chain()))
    again = 0
    for seed in SEEDS:
        loss = LoseHost(["frames", "first", "second", "mean", "total"], at=seed % 7 * 3)
        result = simulate(chain(), [loss], seed=seed, durable=True)
        assert results(result) == undisturbed, result.story
        again += result.metrics["frames"].made_again
    assert again > 0


def test_two_hosts_one_after_the_other():
    undisturbed = results(simulate(chain()))
    for seed in SEEDS:
        losses = [LoseHost(["first", "mean"], at=5), LoseHost(["frames", "second"], at=6 + seed % 9)]
        result = simulate(chain(), losses, seed=seed, durable=True)
        assert results(result) == undisturbed, result.story


def test_without_it_a_batch_run_fails_and_says_what_helps():
    failures = []
    for seed in SEEDS:
        result = simulate(chain(), [LoseHost(["first"], at=9)], seed=seed, check=False)
        if result.failure is not None:
            failures.append(result.failure)
            assert isinstance(result.failure, HostLostError)
    failure = failures[0]
    assert failure.node in ("second", "mean")
    assert f"message {failure.sequence_number} for node '{failure.node}' was in the memory of first-" in str(
        failure
    )
    assert "nobody held what it was made of. With durable=True, in Flow.run or on node 'first'" in str(
        failure
    )


def test_in_real_time_the_loss_is_counted():
    counted = 0
    for seed in SEEDS:
        result = simulate(chain(REALTIME), [LoseHost(["frames", "first"], at=9)], seed=seed)
        lost = sum(node.lost for node in result.metrics.values())
        assert lost == sum(edge.lost for edge in result.metrics.edges.values())
        counted += lost
        mean = result.metrics["mean"]
        assert mean.received + mean.dropped + mean.lost + mean.voided == COUNT
    assert counted > 0


def test_what_a_node_with_memory_gave_cannot_be_made_again():
    source = frames()
    second = Mean(name="mean")(Remembers(name="remembers")(source))
    flow = Flow([source], [CollectConsumer(name="collect")(second)], BATCH)
    # Only its results: its process was lost, and said so, before.
    failures = [
        simulate(flow, [LoseHost(["remembers"], at=9)], seed=seed, durable=True, check=False).failure
        for seed in SEEDS
    ]
    assert all("remembers" in str(failure) for failure in failures)


def test_a_host_of_nodes_that_there_are_not_is_refused():
    with pytest.raises(ValueError, match="the flow has no node 'frist'; did you mean first"):
        simulate(chain(), [LoseHost(["frist"])])
    with pytest.raises(ValueError, match="targets of a LoseHost are tasks and nodes, in a list"):
        LoseHost("first")  # type: ignore[arg-type]
