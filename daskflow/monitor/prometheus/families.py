"""What is exported of a run: names, units and labels, by the conventions of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

BOUNDS_S = tuple(2.0**power for power in range(-13, 6))
"""The ends of the buckets, in seconds: powers of two, at which our histograms are exact, 0.12 ms to 32 s."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: samples that have a name in common.

    Attributes
    ----------
    name : str
        Its name; that of a counter without the ``_total`` of its samples.
    kind : str
        ``"counter"``, ``"gauge"`` or ``"histogram"``.
    labels : tuple of str
        Names of its labels, beside ``flow``.
    help : str
        What it is.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names that queries use."""
        if self.kind == COUNTER:
            return (f"{self.name}_total",)
        if self.kind == HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
        return (self.name,)


_NODE, _EDGE, _TASK = ("node",), ("source", "target"), ("node", "task")

NODE_MESSAGES = Family(
    "daskflow_node_messages",
    COUNTER,
    (*_NODE, "outcome"),
    "Messages by how they ended at a node: done, skipped, failed, dropped, lost with a host, or voided by "
    "a node above.",
)
NODE_PROCESSING = Family(
    "daskflow_node_processing_seconds", HISTOGRAM, _NODE, "How long calls of a node took, for each message."
)
NODE_TIME = Family(
    "daskflow_node_time_seconds",
    COUNTER,
    (*_NODE, "activity"),
    "What a node's tasks did with their time: busy, copying, wire, blocked or starved.",
)
NODE_CPU = Family(
    "daskflow_node_cpu_seconds", COUNTER, _NODE, "Processor time of the processes of a node's tasks."
)
NODE_TASKS = Family("daskflow_node_tasks", GAUGE, _NODE, "Tasks of a node.")
NODE_IN_FLIGHT = Family("daskflow_node_in_flight_messages", GAUGE, _NODE, "Messages that its tasks hold.")
NODE_POSSIBLE_RATE = Family(
    "daskflow_node_possible_messages_per_second",
    GAUGE,
    _NODE,
    "Messages that its tasks could finish in a second if they never waited.",
)
NODE_RESULTS = Family(
    "daskflow_node_results",
    COUNTER,
    (*_NODE, "storage"),
    "Results in shared memory: stored, or forwarded because they were there already.",
)
NODE_GAPS = Family(
    "daskflow_node_gaps", COUNTER, _NODE, "How often a live producer went on after its process had died."
)
EDGE_WAITING = Family("daskflow_edge_waiting_messages", GAUGE, _EDGE, "Messages that wait in an edge.")
EDGE_CAPACITY = Family("daskflow_edge_capacity_messages", GAUGE, _EDGE, "Messages that an edge admits.")
EDGE_DROPPED = Family(
    "daskflow_edge_dropped_messages", COUNTER, _EDGE, "Messages that an edge dropped because it was full."
)
EDGE_LOST = Family(
    "daskflow_edge_lost_messages", COUNTER, _EDGE, "Messages in an edge that went with a host."
)
TASK_MESSAGES = Family("daskflow_task_messages", COUNTER, _TASK, "Messages that a task has finished.")
TASK_RESTARTS = Family(
    "daskflow_task_restarts", COUNTER, _TASK, "How often a task was started anew after its process had died."
)
TASK_MEMORY = Family(
    "daskflow_task_resident_memory_bytes",
    GAUGE,
    _TASK,
    "Main memory that a task's process holds, mapped slots included.",
)
TASK_CPU = Family("daskflow_task_cpu_cores", GAUGE, _TASK, "Cores that its process kept busy, of late.")
TASK_BUSY = Family("daskflow_task_busy_ratio", GAUGE, _TASK, "Share of its time in the node's code, of late.")
TASK_SLOTS = Family(
    "daskflow_task_slots", GAUGE, (*_TASK, "place"), "Slots that a task has made: in memory, or on disk."
)
FLOW_LATENCY = Family(
    "daskflow_flow_latency_seconds",
    HISTOGRAM,
    ("producer", "consumer"),
    "From given by a producer to finished at an end of the flow, of a sample of the messages.",
)
FLOW_ELAPSED = Family("daskflow_flow_elapsed_seconds", GAUGE, (), "Since messages could move.")
FLOW_BOTTLENECK = Family(
    "daskflow_flow_bottleneck",
    GAUGE,
    (*_NODE, "reason"),
    "1 for the node that limits the flow; node is empty where it is none.",
)
LEDGER_LAG = Family("daskflow_ledger_lag_seconds", GAUGE, (), "How long the ledger takes to answer, of late.")
LEDGER_CPU = Family("daskflow_ledger_cpu_ratio", GAUGE, (), "Share of a core that the ledger keeps busy.")
SCHEDULER_CPU = Family(
    "daskflow_scheduler_cpu_cores", GAUGE, (), "Cores that the ledger's whole process keeps busy."
)
SHARED_MEMORY = Family(
    "daskflow_shared_memory_bytes", GAUGE, (), "Size of the file system that slots are in."
)
SHARED_MEMORY_FREE = Family(
    "daskflow_shared_memory_free_bytes", GAUGE, (), "What is free of the file system that slots are in."
)

FAMILIES = (
    NODE_MESSAGES, NODE_PROCESSING, NODE_TIME, NODE_CPU, NODE_TASKS, NODE_IN_FLIGHT, NODE_POSSIBLE_RATE,
    NODE_RESULTS, NODE_GAPS, EDGE_WAITING, EDGE_CAPACITY, EDGE_DROPPED, EDGE_LOST, TASK_MESSAGES,
    TASK_RESTARTS, TASK_MEMORY, TASK_CPU, TASK_BUSY, TASK_SLOTS, FLOW_LATENCY, FLOW_ELAPSED, FLOW_BOTTLENECK,
    LEDGER_LAG, LEDGER_CPU, SCHEDULER_CPU, SHARED_MEMORY, SHARED_MEMORY_FREE,
)  # fmt: skip
"""All of them."""
