"""What a profile takes from a run, how it is kept, and whose it is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from daskflow import BATCH, Flow
from daskflow.advice import FlowProfile, advise
from daskflow.advice.measured import profile_of
from daskflow.consumers import VoidConsumer
from daskflow.errors import ProfileError
from daskflow.monitor.forecast.cores import IDLING
from daskflow.options import FlowOptions, NodeSettings
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer
from tests.unit.advice.profiles import end, line, node, profile, work
from tests.unit.monitor.verdict.steady import Station, steady

STATIONS = [
    Station("reader", 0.002, kind="producer", computing=0.9),
    Station("filter", 0.004, gives=0.5, computing=0.5),
    Station("slow", 0.06, nb_tasks=2, computing=0.2, copying=0.1, queued=0.25),
    Station("writer", 0.001, kind="consumer"),
]


@pytest.fixture
def snapshot():
    return steady(STATIONS, cores=8)


def measured(snapshot):
    settings = {name: NodeSettings() for name in snapshot.nodes}
    options = FlowOptions(
        queue_size=None,
        max_restarts=3,
        cpu_threads=None,
        gpus=None,
        gpu_ipc=True,
        dead_letters=None,
        preview=True,
        carrier="socket",
        nodes=settings,
    )
    return profile_of(snapshot, options, whole=False, payload_bytes={"slow": 4096})


def test_what_a_message_takes_at_each_node(snapshot):
    profile = measured(snapshot)
    assert list(profile.nodes) == ["reader", "filter", "slow", "writer"]
    slow = profile.nodes["slow"]
    assert slow.parents == ("filter",)
    assert slow.nb_tasks == 2
    assert slow.own_s == pytest.approx(0.06)
    assert slow.copying_s == pytest.approx(0.006)
    assert slow.queued_s == pytest.approx(0.015)
    assert slow.undisturbed_s == pytest.approx(0.045)
    assert slow.cpu_s == pytest.approx(0.012, rel=0.3)  # less what processes take as such
    assert slow.part == pytest.approx(0.5, rel=0.01)
    assert slow.payload_bytes == 4096
    assert profile.nodes["filter"].passed == pytest.approx(0.5, rel=0.01)
    assert profile.rate == pytest.approx(2 / 0.06 / 0.5, rel=0.01)
    assert profile.cores == 8
    assert profile.foreign_cores == pytest.approx(0.1)
    # Five processes; the writer's computes less than one takes as such.
    assert profile.standing_cores == pytest.approx(4 * IDLING)


def test_advice_and_verdict_expect_the_same_of_the_same_tasks():
    """They share the model; so they agree where no core is short and nothing was waited for."""
    run = steady([STATIONS[0], Station("slow", 0.05), Station("tracker", 0.02, kind="stateful processor")])
    verdict = run.verdict
    assert verdict.expected_rate == pytest.approx(50)
    advice = advise(measured(run))
    assert advice.expected_rate == pytest.approx(verdict.expected_rate)
    assert advice.limited_by == "tracker"


def test_it_is_kept_as_json(tmp_path, snapshot):
    profile = measured(snapshot)
    profile.save(tmp_path / "profile.json")
    again = FlowProfile.load(tmp_path / "profile.json")
    assert again == profile
    assert str(again) == str(profile)
    assert str(advise(again)) == str(advise(profile))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 1}', '{"form": 1, "nodes": 3}', '{"form": 99}'])
def test_what_is_no_profile_is_refused(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ProfileError, match=r"holds (no profile|a profile of form 99)"):
        FlowProfile.load(tmp_path / "other.json")


def test_keys_of_later_versions_are_passed_over(tmp_path, snapshot):
    profile = measured(snapshot)
    profile.save(tmp_path / "profile.json")
    record = json.loads((tmp_path / "profile.json").read_text())
    record["later"] = record["nodes"][0]["later"] = 1
    (tmp_path / "profile.json").write_text(json.dumps(record))
    assert FlowProfile.load(tmp_path / "profile.json") == profile


def flow(**options):
    source = IntProducer(name="source")
    return Flow(
        [source], [VoidConsumer(name="end")(IdentityProcessor(name="slow", **options)(source))], BATCH
    )


def test_a_flow_takes_advice_from_its_profile_without_running():
    profile = line(work("slow", 0.1))
    advice = flow().advise(15, profile=profile)
    assert advice.nb_tasks == {"source": 1, "slow": 2, "end": 1}
    plan = flow().plan(overrides=advice)
    assert [len(node.tasks) for node in plan.nodes] == [1, 2, 1]


def test_a_run_does_not_tell_in_which_order_a_join_was_wired():
    source = IntProducer(name="source")
    slow = IdentityProcessor(name="slow")(source)
    join = JoinerProcessor(name="join")(slow, source)  # in the profile the source comes first
    wired = Flow([source], [VoidConsumer(name="end")(join)], BATCH)
    measured = profile(
        node("source", 0.001), node("slow", 0.1, "source"), node("join", 0.05, "source", "slow"), end("join")
    )
    assert wired.advise(15, profile=measured).nb_tasks["slow"] == 2


def test_a_profile_of_another_flow_is_refused():
    profile = line(work("other", 0.1))
    with pytest.raises(ProfileError, match="this one has source, slow and end"):
        flow().advise(profile=profile)
    rewired = replace(profile.nodes["other"], name="slow", parents=())
    nodes = {"source": profile.nodes["source"], "slow": rewired, "end": profile.nodes["end"]}
    with pytest.raises(ProfileError, match="`slow` reads nothing; in this flow source"):
        flow().advise(profile=replace(profile, nodes=nodes))


def test_what_makes_no_sense_is_refused_before_anything_is_run(monkeypatch):
    monkeypatch.setattr("daskflow.advice.measuring.Run", None)
    for wrong in ({"target_rate": 0}, {"target_rate": "30"}, {"cores": 0}, {"gpus": 0.5}):
        with pytest.raises((ValueError, TypeError), match=f"^{next(iter(wrong))} is a"):
            flow().advise(**wrong)
    with pytest.raises(TypeError, match=r"profile is what Flow[.]profile returns .* got a str"):
        flow().advise(profile="profile.json")


def test_a_profile_takes_a_message():
    with pytest.raises(ValueError, match="messages is at least 1"):
        flow().profile(0)
