"""How far a forecast can be trusted: an interval, and reasons."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from daskflow.advice.model import Model
from daskflow.advice.tasks import fitting, runs_on_gpu
from daskflow.monitor.forecast.limits import LEDGER_SEEN_FROM, Forecast
from daskflow.monitor.forecast.waiting import variation
from daskflow.monitor.verdict.figures import amount, called, several, share

Z = 1.96
"""Of a normal distribution 95 % are within so many standard deviations of its mean."""

JITTER = 0.05
"""Two runs of one flow differ by about this part, for reasons that nobody measures."""

PER_DOUBLING = 0.02
"""Each doubling of a node's tasks costs about this part: measured up to eight tasks that wait, of which each
does 0.95 or more of what one alone does."""

BOTH_NEAR = 0.15
"""Where cores and tasks limit a flow nearly alike it does less than either: by up to this part."""

CORES_BUSY_FROM = 0.85
"""From this part of the cores on, tasks wait for a core now and then."""

FOREIGN_FROM = 0.1
"""Of the cores: what others compute is worth a word from this part on."""

FEW_MESSAGES = 100
WIDE_FROM = 1.0
"""A node is measured with few messages below this number, and varies widely from this coefficient of
variation on, which is that of a Poisson process."""

UNSEEN = 0.1
"""What is not known at all is taken to cost up to this part."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """How far a rate can be trusted.

    Attributes
    ----------
    low, high : float
        Messages per second between which it is expected.
    reasons : tuple of str
        Why they are as far apart as they are.
    """

    low: float
    high: float
    reasons: tuple[str, ...] = ()


def sureness_of(
    model: Model, tasks: Mapping[str, int], forecast: Forecast, fused: Collection[str] = ()
) -> Sureness:
    """Judge a forecast of what the flow does with so many tasks for each node, of which some are chains."""
    doubts = [
        *_of_fusing(forecast, fused),
        *_of_measuring(model, forecast),
        *_of_more_tasks(model, tasks),
        *_of_cores(model, tasks, forecast),
        *_of_what_was_not_seen(model, tasks, forecast),
    ]
    below = math.hypot(JITTER, *(doubt.below for doubt in doubts))
    above = math.hypot(JITTER, *(doubt.above for doubt in doubts))
    reasons = tuple(doubt.words for doubt in doubts if doubt.words)
    return Sureness(forecast.rate * max(0.0, 1.0 - below), forecast.rate * (1.0 + above), reasons)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """By which parts the rate may be lower and higher, and why. Doubts are taken to be independent."""

    below: float
    above: float
    words: str = ""


def _of_measuring(model: Model, forecast: Forecast) -> list[_Doubt]:
    node = model.profile.nodes.get(forecast.by)
    if node is None:
        nodes = model.profile.nodes.values()
        node = max(nodes, key=lambda node: node.cpu_s * node.part, default=None)
    if node is None:
        return []
    count, spread = node.service.count, math.sqrt(variation(node.service))
    error = min(1.0, Z * spread / math.sqrt(count)) if count else 1.0
    words = []
    if count < FEW_MESSAGES:
        words.append(f"{called(node.name)} was measured with {count} messages")
    if spread >= WIDE_FROM:
        times = node.service
        words.append(
            f"its calls vary widely: {amount(1e3 * times.quantile_s(0.5))} ms as a rule, "
            f"{amount(1e3 * times.quantile_s(0.99))} ms at times"
            if words
            else f"calls of {called(node.name)} vary widely: {amount(1e3 * times.quantile_s(0.5))} ms as a "
            f"rule, {amount(1e3 * times.quantile_s(0.99))} ms at times"
        )
    return [_Doubt(error, error, "; ".join(words))]


def _of_fusing(forecast: Forecast, fused: Collection[str]) -> list[_Doubt]:
    if forecast.by not in fused:
        return []
    return [_Doubt(UNSEEN, UNSEEN, f"{called(forecast.by)} was measured as nodes with tasks of their own")]


def _of_more_tasks(model: Model, tasks: Mapping[str, int]) -> list[_Doubt]:
    times = {name: tasks[name] / node.nb_tasks for name, node in model.profile.nodes.items()}
    name = max(times, key=lambda name: times[name], default="")
    if not name or times[name] <= 1:
        return []
    words = ""
    if times[name] > 4:
        words = (
            f"{called(name)} was measured with {model.profile.nodes[name].nb_tasks} of {tasks[name]} tasks: "
            "what they share, such as a disk or a service, was not"
        )
    return [_Doubt(PER_DOUBLING * math.log2(times[name]), 0.0, words)]


def _of_cores(model: Model, tasks: Mapping[str, int], forecast: Forecast) -> list[_Doubt]:
    doubts = []
    busy = (model.cores_needed(tasks, forecast.rate) + model.rivals) / model.cores
    if busy >= CORES_BUSY_FROM:
        computing = sum(tasks[name] for name, node in model.profile.nodes.items() if node.computing >= 0.5)
        words = f"{share(min(1.0, busy))} of the {several(model.cores, 'core')} would be busy"
        if model.rivals >= FOREIGN_FROM * model.cores:
            words += " with that and what else runs"
        if computing > model.cores:
            words += f", with {computing} tasks that compute"
        doubts.append(_Doubt(BOTH_NEAR, 0.0, words))
    if model.rivals >= FOREIGN_FROM * model.cores and busy >= CORES_BUSY_FROM:
        # It may end, or there may be twice as many.
        least = replace(model, rivals=2 * model.rivals).limit(tasks).rate
        most = replace(model, rivals=0.0, foreign_cores=0.0).limit(tasks).rate
        words = f"something else took {amount(model.profile.foreign_cores)} cores while it was measured"
        doubts.append(_Doubt(1 - least / forecast.rate, most / forecast.rate - 1, words))
    return doubts


def _of_what_was_not_seen(model: Model, tasks: Mapping[str, int], forecast: Forecast) -> list[_Doubt]:
    profile = model.profile
    doubts = []
    if profile.ledger_cpu < LEDGER_SEEN_FROM and forecast.rate * profile.ledger_s > 0.5:
        words = "the scheduler would be busy, which it was not when it was measured"
        doubts.append(_Doubt(2 * UNSEEN, 2 * UNSEEN, words))
    for name, node in profile.nodes.items():
        if node.batch_size > 1:
            words = f"{called(name)} takes batches: how long a message takes depends on how full they are"
            doubts.append(_Doubt(UNSEEN, 2 * UNSEEN, words))
        if node.gpu_share and not runs_on_gpu(node):
            doubts.append(_Doubt(0.0, 0.0, f"{called(name)} wishes for a GPU, and was measured without one"))
        if runs_on_gpu(node) and tasks[name] > node.nb_tasks and fitting(node) > 1:
            words = f"tasks of {called(name)} share a GPU: that they do not slow each other down is assumed"
            doubts.append(_Doubt(2 * UNSEEN, 0.0, words))
    return doubts
