"""What holds for one node in a run, whoever said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from daskflow.core.arguments import optional_flag, optional_whole, whole
from daskflow.core.constants import CPU, GPU
from daskflow.core.node import BatchProcessorNode, Node, ProcessorNode
from daskflow.core.node.batch import checked_batch_size, checked_max_wait_s
from daskflow.core.node.compression import checked_compression
from daskflow.core.node.kinds import checked_device, checked_gpu_share, keeps_state
from daskflow.core.node.policy import Policy, default_retries
from daskflow.core.node.surroundings import checked_env, checked_places, checked_resources
from daskflow.errors import OptionError
from daskflow.options.memory import checked_memory_limit
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
    "host",
    "workers",
    "compression",
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
    host, workers : tuple of str
        On an existing cluster: hosts, and workers by name or address, of which its tasks are to be on any;
        empty for no wish.
    compression : str or None
        How its results are compressed between hosts; JPEG with its quality.
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
    host: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    compression: str | None = None
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
    _refuse_what_it_cannot(node, name, overrides)
    own = _own(node)
    if "resources" in overrides:
        own["resources"] = {}  # or a GPU among them would still be wished for
    try:
        said = {**_wishing(own), **_wishing(overrides)}
        if "device_type" in said and not isinstance(node, ProcessorNode):
            raise ValueError(f"it is a {type(node).__name__}, and a GPU is for processors")
        return _checked(said, overrides)
    except (TypeError, ValueError) as error:
        raise OptionError(f"node {name!r}: {error}") from error


def _wishing(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with the resource "GPU" as the wish that it is: a flow gives its GPUs out itself."""
    if "resources" not in said:
        return dict(said)
    resources = checked_resources(said["resources"])
    share = resources.pop(GPU.upper(), None)
    if share is None:
        return {**said, "resources": resources}
    share = checked_gpu_share(share, "resource 'GPU'")
    return {**said, "resources": resources, "device_type": GPU, "gpu_share": share}


def _own(node: Node) -> dict[str, Any]:
    said: dict[str, Any] = {
        "nb_tasks": node.nb_tasks,
        "cpu_threads": node.cpu_threads,
        "queue_size": node.queue_size,
        "env": node.env,
        "resources": node.resources,
        "host": node.wanted_hosts,
        "workers": node.wanted_workers,
        "compression": node.compression,
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
        for key in PROCESSOR_KEYS:
            if key in overrides and (key != "nb_tasks" or asks_for_more):
                raise OptionError(
                    f"node {name!r} is a {type(node).__name__}, which runs as one task on the CPU: "
                    f"{key}={overrides[key]!r} is for processors"
                )
    elif overrides.get("device_type") == CPU and CPU not in node.devices:
        raise OptionError(f"node {name!r} runs on a GPU only: device_type='cpu' is not for it")
    if not isinstance(node, BatchProcessorNode):
        for key in BATCH_KEYS:
            if key in overrides:
                raise OptionError(
                    f"node {name!r} is given one message at a time: {key}={overrides[key]!r} is for a "
                    "BatchProcessorNode"
                )


def _checked(said: Mapping[str, Any], overrides: Mapping[str, Any]) -> NodeSettings:
    return NodeSettings(
        nb_tasks=whole("nb_tasks", said["nb_tasks"], least=1),
        device_type=checked_device(said.get("device_type", CPU)),
        gpu_share=checked_gpu_share(said.get("gpu_share", 1.0)),
        cpu_threads=optional_whole("cpu_threads", said["cpu_threads"], least=1),
        queue_size=optional_whole("queue_size", said["queue_size"], least=1),
        env=checked_env(said["env"]),
        resources=said["resources"],
        host=checked_places("host", said["host"]),
        workers=checked_places("workers", said["workers"]),
        batch_size=checked_batch_size(said.get("batch_size", 1)),
        max_wait_s=checked_max_wait_s(said.get("max_wait_s", 0.0)),
        compression=checked_compression(said["compression"]),
        policy=_policy(said["policy"], overrides),
        durable=optional_flag("durable", said["durable"]),
    )


def _policy(own: Policy, overrides: Mapping[str, Any]) -> Policy:
    given = {key: overrides[key] for key in POLICY_KEYS if key in overrides}
    said = {key: getattr(own, key) for key in POLICY_KEYS}
    if "on_error" in given and own.retries == default_retries(own.on_error):
        said["retries"] = None  # as many as for a node that was made so
    policy = Policy.of_options(**{**said, **given})
    return replace(policy, memory_limit=checked_memory_limit(policy.memory_limit))
