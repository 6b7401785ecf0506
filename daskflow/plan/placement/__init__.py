"""Which task runs on which worker of a cluster that is there already."""

from daskflow.plan.placement.placement import Placement
from daskflow.plan.placement.placing import place
from daskflow.plan.placement.supply import Supply, supplies_for
from daskflow.plan.placement.workers import WorkerInfo

__all__ = ["Placement", "Supply", "WorkerInfo", "place", "supplies_for"]
