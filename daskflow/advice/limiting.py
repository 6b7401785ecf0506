"""What limits a flow with the advised tasks, and what a target rate would take, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from daskflow.advice.model import Model
from daskflow.advice.profile import NodeProfile
from daskflow.advice.tasks import AT_MOST, Bounds, runs_on_gpu
from daskflow.monitor.forecast.limits import CORES, LEDGER, Forecast, tasks_for
from daskflow.monitor.verdict.figures import amount, called, per_second, several

_ALONE = {
    "producer": "a producer runs as one task",
    "consumer": "a consumer runs as one task",
    "stateful processor": "it keeps state and runs as one task",
}
PACED_BELOW = 0.5
"""A source that computes for less of its time than this waits, such as for a camera or a clock."""


def limit_words(model: Model, bounds: Bounds, tasks: Mapping[str, int], forecast: Forecast) -> str:
    """What limits the flow then, and why it does."""
    if forecast.by == CORES:
        taken = f", of which something else took {amount(model.profile.foreign_cores)}"
        others = taken if model.rivals >= 0.1 * model.cores else ""
        needs = f"a message takes {amount(1e3 * model.cpu_s)} ms of them"
        return f"the {several(model.cores, 'core')}{others}: {needs}"
    if forecast.by == LEDGER:
        return "the scheduler, whose ledger computes all the time"
    if not forecast.by:
        return "nothing that was measured"
    node = model.profile.nodes[forecast.by]
    return f"{called(node.name)}: {_why(model, bounds, tasks, node)}"


def _why(model: Model, bounds: Bounds, tasks: Mapping[str, int], node: NodeProfile) -> str:
    if node.kind == "producer" and node.computing < PACED_BELOW:
        return f"it gives no more than {per_second(model.station(node, 1).rate)}"
    if not node.can_be_replicated:
        return _ALONE[node.kind]
    if bounds.have_room(model, tasks, node.name):
        whose = "its task is" if tasks[node.name] == 1 else f"its {tasks[node.name]} tasks are"
        return f"{whose} occupied all the time"
    if runs_on_gpu(node):
        return f"there {'is' if bounds.gpus == 1 else 'are'} {several(bounds.gpus, 'GPU')} for it"
    most = f"more than {bounds.most[node.name]:g} are not advised from that"
    measured = f"it was measured with {several(node.nb_tasks, 'task')}, and {most}"
    return f"{measured}: say a target rate, or profile again with these"


def missing_words(
    model: Model, bounds: Bounds, tasks: Mapping[str, int], forecast: Forecast, target_rate: float | None
) -> str:
    """What is missing to reach a rate; empty where it is reached."""
    if target_rate is None or forecast.rate >= target_rate:
        return ""
    wanted = {
        name: max(tasks[name], tasks_for(target_rate, AT_MOST * model.each(node)))
        if node.can_be_replicated and node.undisturbed_s > 0
        else 1
        for name, node in model.profile.nodes.items()
    }
    missing = []
    for name, node in model.profile.nodes.items():
        station = model.station(node, int(min(wanted[name], bounds.most[name])))
        if station.rate < target_rate:
            missing.append(f"{called(name)} does {per_second(station.rate)} ({_ALONE[node.kind]})")
        elif runs_on_gpu(node) and wanted[name] > tasks[name]:
            needs = f"{called(name)} needs {several(wanted[name], 'task')} on GPUs"
            missing.append(f"{needs}, of which there are {bounds.gpus}")
    needed = math.ceil(model.cores_needed(wanted, target_rate))
    if needed > model.cores:
        missing.append(f"it takes {several(needed, 'core')}, and there are {model.cores}")
    elif forecast.by == CORES:
        taken = amount(model.profile.foreign_cores)
        missing.append(f"it takes {several(needed, 'core')} for itself, and something else took {taken}")
    if forecast.by == LEDGER:
        missing.append(f"the scheduler copes with {per_second(forecast.rate)}")
    return "; ".join(missing) or f"{called(forecast.by)} does {per_second(forecast.rate)}"
