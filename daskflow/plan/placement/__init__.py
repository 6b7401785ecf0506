"""Which task runs on which worker of a cluster that is there already."""

from daskflow.plan.placement.deployers import deployed
from daskflow.plan.placement.needs import Need, needs_of
from daskflow.plan.placement.placement import Placement
from daskflow.plan.placement.placing import place
from daskflow.plan.placement.supply import SCHEDULER, Supply, supplies_for
from daskflow.plan.placement.usable import sorted_workers
from daskflow.plan.placement.workers import WorkerInfo

__all__ = [
    "SCHEDULER",
    "Need",
    "Placement",
    "Supply",
    "WorkerInfo",
    "deployed",
    "needs_of",
    "place",
    "sorted_workers",
    "supplies_for",
]
