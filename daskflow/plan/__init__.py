"""From a flow to a plan: which task runs where, on which device, and how much each edge holds."""

from daskflow.plan.build import build_plan
from daskflow.plan.fusion import HOP_S, fusable_chains, fused_run
from daskflow.plan.gpu import Gpu
from daskflow.plan.inventory import Inventory
from daskflow.plan.plan import EdgePlan, NodePlan, Plan, TaskPlan

__all__ = [
    "HOP_S",
    "EdgePlan",
    "Gpu",
    "Inventory",
    "NodePlan",
    "Plan",
    "TaskPlan",
    "build_plan",
    "fusable_chains",
    "fused_run",
]
