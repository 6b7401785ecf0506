"""How many tasks each node should have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from daskflow.advice.model import Model
from daskflow.advice.profile import NodeProfile
from daskflow.monitor.forecast.limits import CORES, MOST_TIMES, NEARLY, Forecast
from daskflow.monitor.forecast.windows import queue_size_for

AT_MOST = 0.85
"""Tasks are to be occupied for no more than this part of their time at the rate that is wanted. So it is
still reached where a forecast is 15 % too good; and at 85 % five messages wait on average where calls vary as
in a Poisson process, half as many where they do not (M/M/1, M/D/1), and edges have room for these. At 95 %
eighteen do."""

_TURNS = 4
"""More tasks take more of the cores as such, and so lower the goal: it settles in a turn or two."""

_ENOUGH = 1e-9


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tasks a node may have.

    Attributes
    ----------
    most : mapping of str to float
        By node; infinite where nothing says so.
    gpus : int
        How many GPUs there are for the tasks that need one.
    """

    most: Mapping[str, float]
    gpus: int

    def have_room(self, model: Model, tasks: Mapping[str, int], name: str) -> bool:
        """Whether a node may be given one more task."""
        node = model.profile.nodes[name]
        if tasks[name] >= self.most[name]:
            return False
        if not runs_on_gpu(node):
            return True
        # As tasks are packed: of a share of 0.4 two fit on a GPU, whatever is left of it.
        taken = sum(
            math.ceil(tasks[other] / fitting(own))
            for other, own in model.profile.nodes.items()
            if runs_on_gpu(own) and other != name
        )
        return taken + math.ceil((tasks[name] + 1) / fitting(node)) <= self.gpus


def runs_on_gpu(node: NodeProfile) -> bool:
    """Whether it was measured on a GPU."""
    return "gpu" in node.device


def fitting(node: NodeProfile) -> int:
    """How many of its tasks fit on a GPU."""
    return max(1, int(1.0 / node.gpu_share + _ENOUGH)) if node.gpu_share else 1


def bounds_of(model: Model, gpus: int, *, is_target: bool) -> Bounds:
    """What limits the numbers of tasks; without a target rate also how far a profile can be trusted."""
    most = {}
    for name, node in model.profile.nodes.items():
        if not node.can_be_replicated:
            most[name] = 1.0
        else:
            most[name] = math.inf if is_target else max(MOST_TIMES * node.nb_tasks, model.cores)
    return Bounds(most, gpus)


def advised_tasks(model: Model, bounds: Bounds, target_rate: float | None) -> dict[str, int]:
    """The fewest tasks that reach the target rate, or else the best that there is.

    Parameters
    ----------
    model : Model
        Of the flow.
    bounds : Bounds
        How many each node may have.
    target_rate : float or None
        In messages per second at the end of the flow.
    """
    tasks = dict.fromkeys(model.profile.nodes, 1)
    for _ in range(_TURNS):
        goal = best_rate(model, bounds, tasks)
        if target_rate is not None and target_rate < goal.rate:
            goal = Forecast(target_rate)
        settled = _fewest(model, bounds, goal)
        if settled == tasks:
            break
        tasks = settled
    return tasks


def queue_sizes(model: Model, tasks: Mapping[str, int]) -> dict[str, int]:
    """The `queue_size` of the nodes whose edges are too small for so many tasks, by name.

    Only nodes behind a filter need one: what was skipped counts in an edge as well. In real time it does not.
    """
    sizes: dict[str, int] = {}
    replicated = [node for name, node in model.profile.nodes.items() if tasks[name] > 1]
    for node in replicated if not model.drops else ():
        wanted = tasks[node.name]
        size, targets = queue_size_for(
            node.name, node.part, wanted, wanted - node.nb_tasks, model.profile.edges
        )
        sizes.update({target: max(size, sizes.get(target, 0)) for target in targets})
    return sizes


def best_rate(model: Model, bounds: Bounds, tasks: Mapping[str, int]) -> Forecast:
    """What no number of tasks can pass; `tasks` is what the cores' part of it goes by."""
    growing = {name for name, most in bounds.most.items() if most == math.inf}
    most = {name: int(most) if most < math.inf else 1 for name, most in bounds.most.items()}
    for name in _on_gpu(model):
        most[name] = _most_on_gpus(model, bounds, name)
        growing.discard(name)
    stations = [
        model.station(node, most[name])
        for name, node in model.profile.nodes.items()
        if name not in growing and node.undisturbed_s > 0
    ]
    return min([*stations, model.limit_beside_nodes(tasks)], key=lambda limit: limit.rate)


def _on_gpu(model: Model) -> list[str]:
    return [name for name, node in model.profile.nodes.items() if runs_on_gpu(node)]


def _most_on_gpus(model: Model, bounds: Bounds, name: str) -> int:
    tasks = dict.fromkeys(model.profile.nodes, 1)
    while bounds.have_room(model, tasks, name):
        tasks[name] += 1
    return tasks[name]


def _fewest(model: Model, bounds: Bounds, goal: Forecast) -> dict[str, int]:
    """Give the slowest node one more task, until all reach the goal or the slowest cannot be helped."""
    share = NEARLY if goal.by == CORES else AT_MOST
    tasks = dict.fromkeys(model.profile.nodes, 1)
    pending = {name for name, most in bounds.most.items() if most > 1}
    while pending:
        name = min(pending, key=lambda name: tasks[name] * model.each(model.profile.nodes[name]))
        capacity = tasks[name] * model.each(model.profile.nodes[name])
        if _reaches(capacity, goal, share) or not bounds.have_room(model, tasks, name):
            pending.discard(name)
        else:
            tasks[name] += 1
    return tasks


def _reaches(capacity: float, goal: Forecast, share: float) -> bool:
    if goal.by == CORES:  # the last task for it would stand idle
        return capacity >= share * goal.rate * (1 - _ENOUGH)
    return share * capacity >= goal.rate * (1 - _ENOUGH)
