"""From a profile to advice: arithmetic, nothing is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from daskflow.advice.advice import Advice
from daskflow.advice.fusing import worth_fusing
from daskflow.advice.latency import expected_latency_s
from daskflow.advice.limiting import limit_words, missing_words
from daskflow.advice.model import Model, rivals_of
from daskflow.advice.profile import FlowProfile
from daskflow.advice.sureness import sureness_of
from daskflow.advice.tasks import advised_tasks, bounds_of
from daskflow.core.arguments import optional_whole
from daskflow.errors import ProfileError
from daskflow.monitor.verdict.figures import called, listed
from daskflow.monitor.verdict.graph import components


def advise(
    profile: FlowProfile,
    target_rate: float | None = None,
    *,
    cores: int | None = None,
    gpus: int | None = None,
) -> Advice:
    """How many tasks each node of a measured flow should have.

    Parameters
    ----------
    profile : FlowProfile
        What was measured.
    target_rate : float, optional
        Messages per second that are to come to the end of the flow: the fewest tasks are sought that reach
        it, each occupied for 85 % of its time at most. If not given, the best that the cores allow.
    cores : int, optional
        How many cores there are, all of them for the flow. If not given, those of the machine that it was
        measured on; what something else took there lowers the rate that is expected.
    gpus : int, optional
        How many GPUs there are; if not given, as many as were there.

    Raises
    ------
    ProfileError
        The profile says too little: of some node nothing was measured, or the flow has parts that are not
        connected, which have no rate in common.
    ValueError, TypeError
        A number makes no sense.
    """
    _check(profile)
    if target_rate is not None and not target_rate > 0:
        raise ValueError(f"target_rate is above 0, in messages per second, got {target_rate!r}")
    optional_whole("cores", cores, least=1)
    optional_whole("gpus", gpus, least=0)
    gpus = profile.gpus if gpus is None else gpus
    alone = Model(profile, profile.cores if cores is None else cores)
    bounds = bounds_of(alone, gpus, is_target=target_rate is not None)
    # What something else takes of the cores may end at any time, and more tasks get more beside it.
    tasks = advised_tasks(alone, bounds, target_rate)
    model = alone
    if cores is None:
        model = replace(alone, rivals=rivals_of(profile), foreign_cores=profile.foreign_cores)
    forecast = model.limit(tasks)
    sureness = sureness_of(model, tasks, forecast)
    is_less = target_rate is not None and target_rate < forecast.rate
    rate = target_rate if is_less and target_rate is not None else forecast.rate
    return Advice(
        nb_tasks=tasks,
        expected_rate=forecast.rate,
        lowest_rate=sureness.low,
        highest_rate=sureness.high,
        expected_latency_s=expected_latency_s(model, tasks, rate, "" if is_less else forecast.by),
        cores_needed=model.cores_needed(tasks, rate),
        cores=model.cores,
        gpus=gpus,
        limited_by=forecast.by,
        limit=limit_words(model, bounds, tasks, forecast),
        target_rate=target_rate,
        missing=missing_words(model, bounds, tasks, forecast, target_rate),
        fuse=worth_fusing(profile),
        doubts=sureness.reasons,
        profile=profile,
    )


def check_is_of(profile: FlowProfile, names: Sequence[str], parents: Mapping[str, Sequence[str]]) -> None:
    """Refuse a profile of another flow.

    Raises
    ------
    ProfileError
        Its nodes are others, or read others.
    """
    if list(profile.nodes) != list(names):
        raise ProfileError(
            f"the profile is of a flow of {listed(list(profile.nodes))}; this one has {listed(list(names))}"
        )
    for name, node in profile.nodes.items():
        if list(node.parents) != list(parents[name]):
            raise ProfileError(
                f"in the profile {called(name)} reads {listed(node.parents) or 'nothing'}; in this flow "
                f"{listed(list(parents[name])) or 'nothing'}"
            )


def _check(profile: FlowProfile) -> None:
    parts = components({name: node.parents for name, node in profile.nodes.items()})
    if len(parts) > 1:
        raise ProfileError(
            "the flow has parts that nothing connects, which have no rate in common: "
            f"{'; '.join(listed([called(name) for name in part]) for part in parts)}. Profile each as a flow"
        )
    unknown = [called(name) for name, node in profile.nodes.items() if not node.service.count]
    if unknown:
        raise ProfileError(
            f"no message was measured at {listed(unknown)}: profile more messages, or give the flow more"
        )
