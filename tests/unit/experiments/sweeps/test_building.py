"""From settings to flows; what is misspelt is refused before anything runs."""

from __future__ import annotations

import pytest

from daskflow import Flow
from daskflow.errors import AllocationError, OptionError, SweepError
from daskflow.experiments.sweeps.building import FlowBuilder, overrides_of
from daskflow.experiments.sweeps.grid import Grid
from tests.unit.experiments.sweeps.flows import build


def check(build_flow, **values):
    return FlowBuilder(build_flow).check(
        Grid({key.replace("__", "."): v for key, v in values.items()}).points
    )


def test_keys_with_a_dot_are_options_and_others_are_arguments():
    flow = FlowBuilder(build).flow_of({"stages": 3, "stage-0.nb_tasks": 2}, seed=0)
    assert [node.name for node in flow.nodes] == ["numbers", "stage-0", "stage-1", "stage-2", "sink"]
    assert overrides_of({"stages": 3, "stage-0.nb_tasks": 2, "flow.queue_size": 4}) == {
        "stage-0": {"nb_tasks": 2}, "flow": {"queue_size": 4},
    }  # fmt: skip


def test_each_flow_is_fresh():
    builder = FlowBuilder(build)
    assert builder.flow_of({}, 0) is not builder.flow_of({}, 0)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"stage-0.nb_task": [1]}, "did you mean 'nb_tasks'"),
        ({"stage.nb_tasks": [1]}, "did you mean 'stage-0'"),
        ({"flow.queue": [1]}, "did you mean 'queue_size'"),
        ({"stage-0.nb_tasks": [1, 0]}, "nb_tasks"),
        ({"flow.fuse": [None, [["stage-0", "stage-1"]]]}, "no node 'stage-1'"),
        ({"stage": [1]}, "build_flow has no parameter 'stage', .*did you mean 'stages'"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(values, complaint):
    with pytest.raises(OptionError, match=complaint):
        FlowBuilder(build).check(Grid(values).points)


def test_a_node_that_only_one_setting_has_is_looked_for_there():
    points = [{"stages": 1, "stage-0.nb_tasks": 1}, {"stages": 2, "stage-1.nb_tasks": 2}]
    FlowBuilder(build).check(points)
    with pytest.raises(OptionError, match="no node 'stage-1'"):
        FlowBuilder(build).check([*points, {"stages": 1, "stage-1.nb_tasks": 2}])


def test_more_tasks_than_cores_are_not_warned_of_since_that_is_what_is_tried(recwarn):
    FlowBuilder(build).check([{"stage-0.nb_tasks": 500}])
    assert not recwarn.list


def test_what_the_machine_has_not_is_for_the_trial_to_fail_of(monkeypatch):
    def refuse(self, **options):
        raise AllocationError("no GPU is left", node="stage-0", task="stage-0-0")

    monkeypatch.setattr(Flow, "plan", refuse)
    assert FlowBuilder(build).check([{"stage-0.device_type": "gpu"}])


def test_the_function_is_called_once_for_each_set_of_arguments():
    calls = []

    def counted(stages=1):
        calls.append(stages)
        return build(stages)

    FlowBuilder(counted).check(Grid({"stages": [1, 2], "stage-0.nb_tasks": [1, 2, 3]}).points)
    assert calls == [1, 2]


def test_a_seed_goes_to_who_asks_for_one_unless_the_grid_has_it():
    seeds = []

    def seeded(seed):
        seeds.append(seed)
        return build()

    FlowBuilder(seeded).flow_of({}, seed=17)
    FlowBuilder(seeded).flow_of({"seed": 3}, seed=17)
    FlowBuilder(build).flow_of({}, seed=17)
    assert seeds == [17, 3]


def test_other_names_are_for_functions_that_take_any():
    FlowBuilder(lambda **options: build(options["stages"])).check([{"stages": 1}])


@pytest.mark.parametrize(
    ("build_flow", "complaint"),
    [
        (lambda stages, size: build(), "cannot be called for stages=1: missing a required argument: 'size'"),
        (lambda stages: None, "returns a Flow, got a NoneType"),
        (7, "a function that returns a flow, got 7"),
    ],
)
def test_functions_that_cannot_be_used(build_flow, complaint):
    with pytest.raises((SweepError, OptionError), match=complaint):
        check(build_flow, stages=[1])
