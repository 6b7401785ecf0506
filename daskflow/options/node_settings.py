"""What holds for one node in a run, whoever said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daskflow.core.arguments import optional_flag, optional_whole, whole
from daskflow.core.constants import CPU, GPU
from daskflow.core.node import BatchProcessorNode, Node, ProcessorNode
from daskflow.core.node.batch import LONGEST_WAIT_S, MOST_IN_BATCH
from daskflow.core.node.kinds import checked_device, keeps_state
from daskflow.core.node.policy import RETRY, Policy
from daskflow.core.node.surroundings import checked_env, checked_resources
from daskflow.errors import OptionError
from daskflow.options.naming import refuse_unknown

POLICY_KEYS = ("on_error", "retries", "process_timeout_s", "max_restarts", "snapshot_every", "memory_limit")
PROCESSOR_KEYS = ("nb_tasks", "device_type", "gpu_share")
BATCH_KEYS = ("batch_size", "max_wait_s")
NODE_KEYS = (
    *PROCESSOR_KEYS,
    "cpu_threads",
    "queue_size",
    "env",
    "resources",
    "durable",
    *BATCH_KEYS,
    *POLICY_KEYS,
)
"""What can be said of a node by its name."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """Nothing of the node itself needs to be asked any more.

    Attributes
    ----------
    nb_tasks : int
        How many tasks run it.
    device_type : str
        ``"cpu"`` or ``"gpu"``: the wish.
    gpu_share : float
        Of a GPU that each task takes, from 0 to 1.
    cpu_threads, queue_size : int or None
        None for what the plan finds right.
    env : mapping of str to str
        Environment variables of its workers.
    resources : mapping of str to float
        Dask resources that its workers have and its tasks take, besides its own tag and a GPU.
    batch_size : int
        How many messages a call may be for.
    max_wait_s : float
        How long a batch waits for more of them, in seconds.
    policy : Policy
        What is done when something goes wrong.
    durable : bool or None
        Whether what it has finished is held until its results are safe; None for the flow's own.
    """

    nb_tasks: int = 1
    device_type: str = CPU
    gpu_share: float = 1.0
    cpu_threads: int | None = None
    queue_size: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, float] = field(default_factory=dict)
    batch_size: int = 1
    max_wait_s: float = 0.0
    policy: Policy = field(default_factory=Policy)
    durable: bool | None = None


def settings_of(node: Node, name: str, overrides: Mapping[str, Any]) -> NodeSettings:
    """What a node says of itself, and what is said of it by name, which comes first.

    Parameters
    ----------
    node : Node
        The node.
    name : str
        Its name in the flow.
    overrides : mapping of str to object
        By the names of `NODE_KEYS`; as the node's own parameters of these names.

    Raises
    ------
    OptionError
        There is no such option, it makes no sense for this kind of node, or its value is out of range; the
        message names the node.
    """
    refuse_unknown(overrides, NODE_KEYS, f"node {name!r} has no option {{}}")
    said = {**_own(node), **overrides}
    _refuse_what_it_cannot(node, name, overrides)
    try:
        return _checked(said, overrides)
    except (TypeError, ValueError) as error:
        raise OptionError(f"node {name!r}: {error}") from error


def _own(node: Node) -> dict[str, Any]:
    said: dict[str, Any] = {
        "nb_tasks": node.nb_tasks,
        "cpu_threads": node.cpu_threads,
        "queue_size": node.queue_size,
        "env": node.env,
        "resources": node.resources,
        "policy": node.policy,
        "durable": node.durable,
    }
    if isinstance(node, ProcessorNode):
        said.update(device_type=node.device_type, gpu_share=node.gpu_share)
    if isinstance(node, BatchProcessorNode):
        said.update(batch_size=node.batch_size, max_wait_s=node.max_wait_s)
    return said


def _refuse_what_it_cannot(node: Node, name: str, overrides: Mapping[str, Any]) -> None:
    asks_for_more = overrides.get("nb_tasks", 1) != 1
    if keeps_state(node) and asks_for_more:
        raise OptionError(
            f"node {name!r} keeps state and runs as one task, which cannot be split: got "
            f"nb_tasks={overrides['nb_tasks']!r}"
        )
    if not isinstance(node, ProcessorNode):
        if GPU.upper() in (overrides.get("resources") or node.resources):
            raise OptionError(f"node {name!r} is a {type(node).__name__}: a GPU is for processors")
        for key in PROCESSOR_KEYS:
            if key in overrides and (key != "nb_tasks" or asks_for_more):
                raise OptionError(
                    f"node {name!r} is a {type(node).__name__}, which runs as one task on the CPU: "
                    f"{key}={overrides[key]!r} is for processors"
                )
    if not isinstance(node, BatchProcessorNode):
        for key in BATCH_KEYS:
            if key in overrides:
                raise OptionError(
                    f"node {name!r} is given one message at a time: {key}={overrides[key]!r} is for a "
                    "BatchProcessorNode"
                )


def _checked(said: Mapping[str, Any], overrides: Mapping[str, Any]) -> NodeSettings:
    device = checked_device(said.get("device_type", CPU))
    share = float(said.get("gpu_share", 1.0))
    resources = checked_resources(said["resources"])
    if GPU.upper() in resources:  # on a cluster of its own a flow gives GPUs out itself
        device, share = GPU, resources.pop(GPU.upper())
    if not 0 < share <= 1:
        raise ValueError(f"the share of a GPU is above 0 and at most 1, got {share:g}")
    batch_size = whole("batch_size", said.get("batch_size", 1), least=1)
    if batch_size > MOST_IN_BATCH:
        raise ValueError(f"batch_size is from 1 to {MOST_IN_BATCH}, got {batch_size}")
    max_wait_s = float(said.get("max_wait_s", 0.0))
    if not 0 <= max_wait_s <= LONGEST_WAIT_S:
        raise ValueError(f"max_wait_s is from 0 to {LONGEST_WAIT_S} seconds, got {max_wait_s:g}")
    return NodeSettings(
        nb_tasks=whole("nb_tasks", said["nb_tasks"], least=1),
        device_type=device,
        gpu_share=share,
        cpu_threads=optional_whole("cpu_threads", said["cpu_threads"], least=1),
        queue_size=optional_whole("queue_size", said["queue_size"], least=1),
        env=checked_env(said["env"]),
        resources=resources,
        batch_size=batch_size,
        max_wait_s=max_wait_s,
        policy=_policy(said["policy"], overrides),
        durable=optional_flag("durable", said["durable"]),
    )


def _policy(own: Policy, overrides: Mapping[str, Any]) -> Policy:
    given = {key: overrides[key] for key in POLICY_KEYS if key in overrides}
    if not given:
        return own
    said = {key: getattr(own, key) for key in POLICY_KEYS}
    if given.get("on_error") == RETRY:
        said["retries"] = None  # as many as for a node that was made so
    return Policy.of_options(**{**said, **given})
