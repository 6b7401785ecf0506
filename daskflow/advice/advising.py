"""From a profile to advice: arithmetic, nothing is run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from daskflow.advice.advice import Advice
from daskflow.advice.fusing import fused_profile, names_when_fused
from daskflow.advice.latency import expected_latency_s
from daskflow.advice.limiting import limit_words, missing_words
from daskflow.advice.model import Model, rivals_of
from daskflow.advice.profile import FlowProfile
from daskflow.advice.sureness import sureness_of
from daskflow.advice.tasks import advised_tasks, bounds_of, queue_sizes
from daskflow.core.arguments import check_numbers, optional_whole
from daskflow.errors import ProfileError
from daskflow.monitor.verdict.figures import called, listed
from daskflow.monitor.verdict.graph import components
from daskflow.plan.fusion import Chain


def advise(
    profile: FlowProfile,
    target_rate: float | None = None,
    *,
    cores: int | None = None,
    gpus: int | None = None,
    fuse: Sequence[Chain] | None = None,
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
    fuse : sequence of tuple of str, optional
        Chains of nodes that run in one task each, which is then part of the advice; `()` for none, also where
        the flow says otherwise. If not given, nothing is fused, and nothing said of it.

    Raises
    ------
    ProfileError
        The profile says too little: of some node nothing was measured, or the flow has parts that are not
        connected, which have no rate in common.
    ValueError, TypeError
        A number makes no sense.
    """
    check_asked(target_rate, cores, gpus)
    _check(profile)
    gpus = profile.gpus if gpus is None else gpus
    chains = tuple(tuple(chain) for chain in fuse or ())
    unknown = [called(name) for chain in chains for name in chain if name not in profile.nodes]
    if unknown:
        raise ValueError(f"fuse names {listed(unknown)}, and the profile is of {listed(list(profile.nodes))}")
    measured = fused_profile(profile, chains)
    alone = Model(measured, profile.cores if cores is None else cores)
    bounds = bounds_of(alone, gpus, is_target=target_rate is not None)
    # What something else takes of the cores may end at any time, and more tasks get more beside it.
    tasks = advised_tasks(alone, bounds, target_rate)
    model = alone
    if cores is None:
        model = replace(alone, rivals=rivals_of(measured), foreign_cores=profile.foreign_cores)
    forecast = model.limit(tasks)
    names = names_when_fused(profile.nodes, chains)
    sureness = sureness_of(model, tasks, forecast, [names[chain[0]] for chain in chains])
    is_less = target_rate is not None and target_rate < forecast.rate
    rate = target_rate if is_less and target_rate is not None else forecast.rate
    first = {one: name for name, one in reversed(names.items())}  # whose queue is that of the chain
    return Advice(
        nb_tasks={name: tasks[one] for name, one in names.items()},
        queue_sizes={first[one]: size for one, size in queue_sizes(model, tasks).items()},
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
        fuse=chains,
        says_fuse=fuse is not None,
        doubts=sureness.reasons,
        profile=profile,
    )


def check_asked(target_rate: float | None, cores: int | None, gpus: int | None) -> None:
    """Refuse what nobody can ask for, before anything is run for it.

    Raises
    ------
    ValueError, TypeError
        A number makes no sense.
    """
    check_numbers(target_rate=target_rate)
    if target_rate is not None and not 0 < target_rate < math.inf:
        raise ValueError(f"target_rate is above 0 and finite, in messages per second, got {target_rate!r}")
    optional_whole("cores", cores, least=1)
    optional_whole("gpus", gpus, least=0)


def check_is_of(profile: FlowProfile, parents: Mapping[str, Sequence[str]]) -> None:
    """Refuse a profile of another flow.

    Parameters
    ----------
    profile : FlowProfile
        What was measured.
    parents : mapping of str to sequence of str
        The nodes that each node of the flow reads.

    Raises
    ------
    ProfileError
        Its nodes are others, or read others.
    """
    if set(profile.nodes) != set(parents):
        raise ProfileError(
            f"the profile is of a flow of {listed(list(profile.nodes))}; this one has {listed(list(parents))}"
        )
    for name, node in profile.nodes.items():
        if sorted(node.parents) != sorted(set(parents[name])):  # in which order a run does not tell
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
    unknown = [name for name, node in profile.nodes.items() if not node.service.count]
    if unknown:
        nodes = profile.nodes
        skip = [name for name, node in nodes.items() if not node.passed and node.service.count]
        why = f", since {listed([called(name) for name in skip])} gave no result" if skip else ""
        raise ProfileError(
            f"no message was measured at {listed([called(name) for name in unknown])}{why}: profile more "
            "messages, or give the flow others"
        )
