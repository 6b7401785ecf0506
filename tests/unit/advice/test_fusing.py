"""Which neighbours are advised to run in one task, and what the flow is expected to do then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daskflow import BATCH, Flow, OneTaskProcessorNode
from daskflow.advice import FlowProfile, advise
from daskflow.advice.fusing import fused_profile, hop_s
from daskflow.consumers import VoidConsumer
from daskflow.core.histogram import Histogram
from daskflow.core.node import BatchProcessorNode, Node
from daskflow.errors import OptionError
from daskflow.monitor.forecast.cores import IDLING
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.advice.profiles import MESSAGES, end, line, node, profile, work

CHEAP = {"copying_s": 0.0002, "service": Histogram.of([0.0001] * MESSAGES), "computing": 0.5}


def cheap(name: str, **figures) -> object:
    return work(name, 0.0003, **{**CHEAP, **figures})


def flow(measured: FlowProfile, kinds: dict[str, Node] | None = None, **options) -> Flow:
    """A flow of the nodes of a profile, which pass messages on."""
    made: dict[str, Node] = {}
    for name, own in measured.nodes.items():
        bare = IntProducer if not own.parents else VoidConsumer if name == "end" else IdentityProcessor
        made[name] = (kinds or {}).get(name) or bare(name=name)
        if own.parents:
            made[name](*(made[parent] for parent in own.parents))
    sources = [made[name] for name, own in measured.nodes.items() if not own.parents]
    return Flow(sources, [made["end"]], BATCH, **options)


def planned(advised: Flow, measured: FlowProfile, *target: float) -> list[str]:
    """The names and tasks of what a flow runs as advised."""
    plan = advised.plan(overrides=advised.advise(*target, profile=measured))
    return [f"{own.name} {len(own.tasks)}" for own in plan.nodes]


def test_cheap_neighbours_are_fused_by_the_run_that_takes_the_advice():
    measured = line(cheap("a"), cheap("b"), work("slow", 0.05, copying_s=0.0002), cheap("c"), cheap("d"))
    advice = flow(measured).advise(30, profile=measured)
    assert advice.fuse == (("a", "b"), ("c", "d"))
    assert advice["flow"] == {"fuse": advice.fuse}
    assert list(advice) == ["source", "a", "b", "slow", "c", "d", "end", "flow"]
    assert len(advice) == 8
    assert planned(flow(measured), measured, 30) == ["source 1", "a+b 1", "slow 2", "c+d 1", "end 1"]
    assert "a+b" in str(advice)
    assert "`c` and `d` in one task" in str(advice)


def test_what_is_expected_is_what_the_fused_flow_does():
    ledger = {"ledger_cpu": 0.5, "ledger_s": 0.0002, "rate": 2500.0, "standing_cores": 0.3}
    measured = line(*map(cheap, "abcd"), source_s=0.00005, end_s=0.00005, **ledger)
    apart, together = advise(measured), flow(measured).advise(profile=measured)
    assert together.fuse == (("a", "b", "c", "d"),)
    assert apart.limited_by == "the scheduler"
    assert apart.expected_rate == pytest.approx(5000)
    # Of six nodes that see each message three are left: half of the ledger's work; 100 µs of each of the
    # four for its code, and 200 µs for the way in and out of the chain.
    assert together.limited_by == "the scheduler"
    assert together.expected_rate == pytest.approx(10000)
    assert together.nb_tasks["a"] == together.nb_tasks["d"] >= 0.0006 * 10000
    assert together.cores_needed < 2 * apart.cores_needed
    assert together.expected_latency_s < apart.expected_latency_s


def test_a_chain_that_limits_the_flow_is_named_as_in_the_run_and_is_not_sure():
    measured = line(cheap("a"), cheap("b", kind="processor"))
    advice = advise(measured, 100, fuse=[("a", "b")])
    assert advice.limited_by == "a+b"
    assert "`a+b`: its task is occupied all the time" in str(advice)
    assert "`a+b` was measured as nodes with tasks of their own" in str(advice)


def test_the_figures_of_a_chain_are_those_of_its_nodes_without_the_hops_between():
    first = work("first", 0.0004, copying_s=0.0002, cpu_s=0.0002, queued_s=0.0001, passed=0.5, nb_tasks=2)
    then = work("then", 0.0003, copying_s=0.0002, cpu_s=0.0003, part=0.5, passed=0.5, payload_bytes=10)
    rest = end("then", seconds=0.0001)
    measured = line(first, then, standing_cores=1.0, ledger_s=0.0004, ledger_cpu=0.4)
    measured = replace(measured, nodes={**measured.nodes, "end": replace(rest, part=0.25)})
    together = fused_profile(measured, [("first", "then")])
    assert list(together.nodes) == ["source", "first+then", "end"]
    assert together.nodes["end"].parents == ("first+then",)
    assert set(together.edges) == {("source", "first+then"), ("first+then", "end")}
    chain = together.nodes["first+then"]
    assert chain.parents == ("source",)
    assert chain.own_s == pytest.approx(0.0003 + 0.0002 * 0.5)
    assert chain.copying_s == pytest.approx(0.0001 + 0.0001 * 0.5)
    assert chain.cpu_s == pytest.approx(0.0002 * 3 / 4 + 0.0003 * 2 / 3 * 0.5)
    assert chain.queued_s == pytest.approx(0.0001 * 3 / 4)
    assert (chain.passed, chain.payload_bytes, chain.nb_tasks) == (0.25, 10, 2)
    kept = (1 + 1 + 0.25) / (1 + 1 + 0.5 + 0.25)
    assert together.ledger_s == pytest.approx(0.0004 * kept)
    assert together.ledger_cpu == pytest.approx(0.4 * kept)
    assert together.standing_cores == pytest.approx(1.0 - IDLING)
    assert fused_profile(measured, ()) is measured


def test_a_hop_is_what_two_processors_spend_on_it_without_waiting_for_a_core():
    measured = line(
        work("a", 0.0006, copying_s=0.0004),
        work("b", 0.0006, copying_s=0.0002, queued_s=0.0003),
        ledger_s=0.0004,
    )
    assert hop_s(measured) == pytest.approx((0.0004 + 0.0001) / 2 + 0.0001)
    assert hop_s(line(work("a", 0.0006))) == 0.0


def test_those_that_keep_state_or_batch_or_want_a_gpu_are_not():
    class Tracks(OneTaskProcessorNode):
        def process(self, value):
            return value

    class Batches(BatchProcessorNode):
        def process_batch(self, values):
            return values

    others = [Tracks(name="b"), Batches(batch_size=4, name="b"), IdentityProcessor(name="b", queue_size=3)]
    for other in others:
        measured = line(cheap("a"), cheap("b"))
        assert flow(measured, {"b": other}).advise(30, profile=measured).fuse == ()


def test_what_two_nodes_read_ends_a_chain():
    measured = profile(
        node("source", 0.0001),
        node("a", 0.0002, "source", copying_s=0.0001),
        node("b", 0.0002, "a", copying_s=0.0001),
        node("c", 0.0002, "a", copying_s=0.0001),
        end("b", "c"),
    )
    advice = flow(measured).advise(profile=measured)
    assert advice.fuse == ()
    assert "flow" not in advice


def test_a_chain_has_the_tasks_that_it_needs():
    measured = line(work("a", 0.00005), work("b", 0.00005), source_s=0.000055)
    advice = flow(measured).advise(9000, profile=measured)
    assert advice.fuse == (("a", "b"),)
    assert advice.nb_tasks == {"source": 1, "a": 2, "b": 2, "end": 1}
    assert advice.is_reached


def test_chains_that_the_flow_names_are_advised_as_one():
    """With tasks for each of their nodes alone the run would refuse the advice."""
    measured = line(work("a", 0.1), work("b", 0.01))
    advised = flow(measured, {"a": IdentityProcessor(2, name="a")}, fuse=[("a", "b")])
    advice = advised.advise(20, profile=measured)
    assert advice.nb_tasks == {"source": 1, "a": 3, "b": 3, "end": 1}
    assert advice.expected_rate == pytest.approx(3 / 0.11)
    assert planned(advised, measured, 20) == ["source 1", "a+b 3", "end 1"]


def test_a_flow_that_says_none_gets_none():
    measured = line(cheap("a"), cheap("b"))
    assert flow(measured, fuse=()).advise(30, profile=measured)["flow"] == {"fuse": ()}


def test_what_nodes_say_of_themselves_gives_way_to_what_was_measured():
    measured = line(work("a", 0.1), work("b", 0.1))
    assert [own.name for own in flow(measured, fuse="auto").plan().nodes] == ["source", "a+b", "end"]
    assert planned(flow(measured, fuse="auto"), measured, 5) == ["source 1", "a 1", "b 1", "end 1"]


def test_chains_that_cannot_be_are_refused():
    measured = line(cheap("a"), cheap("b"))
    with pytest.raises(OptionError, match="a does not read b"):
        flow(measured, fuse=[("b", "a")]).advise(30, profile=measured)
    with pytest.raises(ValueError, match="fuse names `other`, and the profile is of source, a, b and end"):
        advise(measured, fuse=[("a", "other")])
