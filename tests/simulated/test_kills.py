"""Each role killed at each point: the run gives what it gives undisturbed, in order, no gap, no repeat."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode, ProcessorNode, TaskModuleNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import TaskLostError
from daskflow.producers import IntProducer
from daskflow.testing import DeadMessage, Given, Kill, simulate
from tests.simulated import nodes
from tests.simulated.nodes import ROLES, Notes, every_role, expected

SEEDS = range(2)

POINTS = ("lease", "process", "commit", "committed")


def check(result, kills: int) -> None:
    assert result.missed == ()
    assert result.restarts == kills, result.story
    assert result.results("collect") == expected(), result.story
    assert result.dead == ()
    for node in result.metrics.values():
        assert node.failed == node.voided == node.in_flight == node.waiting == 0
    noted = result.inputs("notes")
    assert sorted(set(noted)) == expected()
    for earlier, later in pairwise(noted):  # no gap, and after a kill only the message in hand again
        assert earlier[0] <= later[0] <= earlier[0] + 1
    assert result.metrics["notes"].received == nodes.COUNT


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("role", ROLES)
def test_a_kill_at_a_message_changes_nothing(role, point):
    for seed in SEEDS:
        times = 1 + seed % 2
        kill = Kill(role, at=3 + 5 * seed, point=point, times=times)
        if point == "committed" or (point, role) in (("lease", "source"), ("commit", "notes")):
            kill, times = Kill(role, at=3 + 5 * seed, point=point), 1  # nobody comes there again
        check(simulate(every_role(), [kill], seed=seed), times)


@pytest.mark.parametrize("point", ["open", "close"])
@pytest.mark.parametrize("role", ROLES)
def test_nor_does_one_outside_of_messages(role, point):
    for seed in SEEDS:
        times = 1 + seed % 2
        check(simulate(every_role(), [Kill(role, point=point, times=times)], seed=seed), times)


@pytest.mark.parametrize("seed", range(20))
def test_nor_do_kills_of_all(seed):
    kills = [
        Kill(role, at=(7 * seed + 3 * i) % 20, point=POINTS[(seed + i) % 4]) for i, role in enumerate(ROLES)
    ]
    check(simulate(every_role(), kills, seed=seed), len(ROLES))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_consumer_is_given_again_what_was_in_hand_and_nothing_else(seed):
    kills = [Kill("notes", at=5), Kill("notes", at=11, point="commit"), Kill("notes", at=15, point="lease")]
    result = simulate(every_role(), kills, seed=seed)
    noted = [value[0] for value in result.inputs("notes")]
    assert [number for number, _ in groupby(noted)] == list(range(nodes.COUNT))
    repeated = {number for number, group in groupby(noted) if len(list(group)) > 1}
    assert repeated <= {5}


@pytest.mark.parametrize("role", ROLES)
def test_a_message_that_kills_three_processes_is_given_up(role):
    for seed in SEEDS:
        result = simulate(every_role(), [Kill(role, at=9, times=3)], seed=seed)
        assert result.dead == (DeadMessage(role, 9),)
        assert result.metrics[role].failed == 1
        assert result.restarts == 3
        for node in result.metrics.values():  # each of its numbers has ended once
            ended = node.emitted + node.failed if node.kind == "producer" else node.received
            assert ended + node.voided == nodes.COUNT
        wanted = expected()
        if role in ("source", "plus", "total"):  # the total of all others
            wanted = [(i, j, total - 10 * (i > 9)) for i, j, total in wanted]
        if role != "notes":
            wanted = [value for value in wanted if value[0] != 9]
        assert result.results("collect") == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_frames_in_a_snapshot_outlive_their_process(seed):
    source = Given([nodes.frame(i) for i in range(nodes.COUNT)], name="source")
    keeps = nodes.KeepsFrames(name="keeps", snapshot_every=3)(source)
    first = FirstPixel(name="first")(keeps)
    collect = CollectConsumer(name="collect")(first)
    kills = [Kill("keeps", at=4), Kill("keeps", at=10, point="commit"), Kill("source", at=12)]
    flow = Flow([source], [collect], BATCH)
    assert simulate(flow, kills, seed=seed).results(collect) == list(range(nodes.COUNT - 3))


@pytest.mark.parametrize("seed", SEEDS)
def test_frames_made_in_place_or_passed_on_outlive_their_process(seed):
    source = Given([nodes.frame(i) for i in range(nodes.COUNT)], name="source")
    lent = Lent(name="lent", nb_tasks=2)(source)
    passed = FunctionProcessorNode(lambda image: image, name="passed")(lent)
    collect = CollectConsumer(name="collect")(FirstPixel(name="first")(passed))
    kills = [Kill(role, at=at) for at, role in enumerate(("lent", "passed", "first", "lent", "passed"), 5)]
    flow = Flow([source], [collect], BATCH, queue_size=3)
    result = simulate(flow, kills, seed=seed)
    assert result.missed == ()
    assert result.results(collect) == [255 - i for i in range(nodes.COUNT)]
    assert result.metrics["passed"].forwards == nodes.COUNT


@pytest.mark.parametrize("seed", SEEDS)
def test_a_module_with_memory_is_taken_up_again(seed):
    source = Given([nodes.frame(i) for i in range(nodes.COUNT)], name="source")
    plus = FunctionProcessorNode(nodes.plus_one, name="plus")(source)
    total = nodes.KeptTotal(name="total")(plus)
    module = TaskModuleNode(plus, total, name="module", snapshot_every=4)
    collect = CollectConsumer(name="collect")(module)
    kills = [Kill("module", at=3), Kill("module", at=10, point="commit"), Kill("module", point="close")]
    result = simulate(Flow([source], [collect], BATCH), kills, seed=seed)
    assert (result.missed, result.restarts) == ((), 3)
    assert result.results(collect) == [total for _, _, total in expected()]


class Lent(ProcessorNode):
    def process(self, image, ctx):
        return np.subtract(255, image, out=ctx.empty(image.shape, image.dtype))


class FirstPixel(nodes.OneTaskProcessorNode):
    resumable = True

    def process(self, image):
        assert (image == image.flat[0]).all()
        return int(image.flat[0])


@pytest.mark.parametrize("point", POINTS)
def test_memory_without_snapshot_fails_the_run(point):
    source = Given([nodes.frame(i) for i in range(9)], name="source")
    collect = CollectConsumer()(nodes.Total(name="total")(source))
    with pytest.raises(TaskLostError, match=r"total-0.*SIGKILL.*snapshot\(\) and restore"):
        simulate(Flow([source], [collect], BATCH), [Kill("total", at=4, point=point)])


def test_so_does_a_producer_without_seek():
    class Endless(IntProducer):
        seek = None

    source = Endless(name="source")
    collect = CollectConsumer()(source)
    with pytest.raises(TaskLostError, match="seek"):
        simulate(Flow([source], [collect], BATCH), [Kill("source", at=4)])


@pytest.mark.parametrize("seed", SEEDS)
def test_more_deaths_than_allowed_fail_the_run(seed):
    kills = [Kill("join", at=at) for at in (1, 4, 9)]
    simulate(every_role(), kills, seed=seed, max_restarts=3)
    with pytest.raises(TaskLostError, match=r"join-0.*3rd process.*max_restarts is 2"):
        simulate(every_role(), kills, seed=seed, max_restarts=2)


def test_deaths_are_counted_over_a_minute():
    source = Given(range(10), name="source")
    notes = Notes(name="notes")(source)
    flow = Flow([source], [notes], BATCH)
    kills = [Kill("notes", at=at) for at in (2, 5, 8)]
    result = simulate(flow, kills, max_restarts=1, call_s={"source": 40})
    assert result.restarts == 3
    assert result.elapsed_s > 400
