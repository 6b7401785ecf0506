"""Which task runs on which worker of a cluster that is there already."""

from daskflow.plan.placement.placing import Placement, place
from daskflow.plan.placement.workers import WorkerInfo

__all__ = ["Placement", "WorkerInfo", "place"]
