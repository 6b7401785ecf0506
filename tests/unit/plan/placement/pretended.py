"""Workers and plans that there are not."""

from __future__ import annotations

from typing import Any

from daskflow import BATCH
from daskflow.core.graph import GraphEngine
from daskflow.core.node import Node
from daskflow.options import FlowOptions
from daskflow.plan import Gpu, Inventory, Plan, build_plan
from daskflow.plan.placement import WorkerInfo

HERE = {
    "daskflow": "0.1.0",
    "python": "3.11",
    "dask": "2026.8.0",
    "distributed": "2026.8.0",
    "msgpack": "1.1.0",
    "numpy": "2.3.1",
}


def worker(name: str, host: str = "one", **known: Any) -> WorkerInfo:
    """A single-threaded worker on a host with eight cores."""
    said = {
        "address": f"tcp://{host}:{name}",
        "name": name,
        "host": f"tag-{host}",
        "hostname": host,
        "nthreads": 1,
        "cores": 8,
        "memory_limit": None,
        "versions": HERE,
    }
    return WorkerInfo(**{**said, **known})


def workers(count: int, host: str = "one", **known: Any) -> list[WorkerInfo]:
    return [worker(f"{host}-{i}", host, **known) for i in range(count)]


def planned(*sources: Node, gpus: int = 0, name: str = "yard", **overrides: Any) -> Plan:
    """The plan of the graph behind these nodes, with GPUs to spare."""
    graph = GraphEngine(sources)
    options = FlowOptions.of(graph.names, {"cpu_threads": 1}, overrides)
    inventory = Inventory(64, tuple(Gpu(str(i)) for i in range(gpus)), gpu_ipc=False)
    return build_plan(graph, inventory, options, flow_name=name, flow_type=BATCH)
