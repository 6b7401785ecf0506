"""Everything that a run is told, settled: who says what, and who comes before whom."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from daskflow.core.arguments import number, optional_whole, whole
from daskflow.core.constants import CARRIERS
from daskflow.core.node import Node, TaskModuleNode
from daskflow.errors import OptionError
from daskflow.options.configured import check_configuration, configured
from daskflow.options.fusing import checked_fuse
from daskflow.options.gpus import Gpus, checked_gpus
from daskflow.options.naming import refuse_unknown
from daskflow.options.node_settings import NodeSettings, settings_of

Overrides = Mapping[str, Mapping[str, Any]]
"""By the name of a node, or ``"flow"``: options and their values."""

FLOW = "flow"
"""By this name the flow itself is meant."""


@dataclass(frozen=True, slots=True)
class FlowOptions:
    """What holds for a run. Made by `of`.

    Attributes
    ----------
    queue_size : int or None
        Messages that may wait at an input, where neither the node nor anybody by its name says so; None for
        the default of the flow's type.
    max_restarts : int
        Processes of a task that may die within a minute, where its node does not say.
    cpu_threads : int or None
        Threads of numeric libraries in each task whose node does not say; None for the plan's choice.
    gpus : int, sequence or None
        Which GPUs the flow may use.
    gpu_ipc : bool
        Whether processes may share the memory of a GPU.
    dead_letters : pathlib.Path or None
        The folder for messages that are given up.
    preview : bool
        Whether who looks at the run may see pictures of its messages.
    carrier : str
        How tasks reach the ledger: ``"socket"`` or ``"comm"``.
    durable : bool
        Whether nodes that do not say hold what they have finished until their results are safe.
    host_timeout_s : float
        Seconds that a host of an existing cluster may be without a worker: then it is lost, with its memory.
    fuse : str, tuple of tuple of str, or None
        Which nodes run in one task: ``"auto"``, or the names of those of each chain.
    nodes : mapping of str to NodeSettings
        For every node of the flow, by name.
    """

    queue_size: int | None
    max_restarts: int
    cpu_threads: int | None
    gpus: Gpus
    gpu_ipc: bool
    dead_letters: Path | None
    preview: bool
    carrier: str
    durable: bool = False
    host_timeout_s: float = 15.0
    fuse: str | tuple[tuple[str, ...], ...] | None = None
    nodes: Mapping[str, NodeSettings] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        names: Mapping[Node, str],
        arguments: Mapping[str, Any] | None = None,
        overrides: Overrides | None = None,
    ) -> FlowOptions:
        """Settle what is said of a flow and its nodes.

        What comes first is said last: Dask's configuration under ``daskflow``, the arguments of the flow and
        its run, the node itself, the overrides.

        Parameters
        ----------
        names : mapping of Node to str
            The flow's nodes.
        arguments : mapping of str to object, optional
            By the names of the attributes; None where nothing was said.
        overrides : mapping, optional
            By the name of a node, or ``"flow"``.

        Raises
        ------
        OptionError
            An option or a node of this name does not exist, or a value makes no sense.
        """
        check_configuration()
        by_node = _by_node(names, overrides)
        own = by_node.pop(FLOW, {})
        known = [name.name for name in fields(cls) if name.name != "nodes"]
        refuse_unknown(own, known, "the flow has no option {}")
        default = {key: configured(key.replace("_", "-")) for key in known}
        default = _checked(default, "daskflow in Dask's configuration")
        said = {key: value for key, value in (arguments or {}).items() if value is not None}
        settled = _checked({**default, **said, **own}, "flow")
        # Who runs the machine has the last word on what may be seen.
        settled["preview"] = settled["preview"] and default["preview"]
        nodes = {name: settings_of(node, name, by_node.get(name, {})) for node, name in names.items()}
        return cls(**settled, nodes=nodes)


def _by_node(names: Mapping[Node, str], overrides: Overrides | None) -> dict[str, dict[str, Any]]:
    if overrides is None:
        return {}
    if not isinstance(overrides, Mapping):
        raise OptionError(f"overrides is a mapping of node names to options, got {overrides!r}")
    inside = {
        repr(member): name
        for node, name in names.items()
        if isinstance(node, TaskModuleNode)
        for member in node.members
    }
    known = [*names.values(), FLOW]
    by_node: dict[str, dict[str, Any]] = {}
    for name, options in overrides.items():
        if name in inside and name not in known:
            raise OptionError(f"node {name!r} is inside {inside[name]!r}, which runs it: override that")
        if not isinstance(options, Mapping):
            raise OptionError(f"overrides[{name!r}] is a mapping of options to values, got {options!r}")
        if name == FLOW in names.values():
            raise OptionError(
                "'flow' in overrides is the flow itself, and a node has this name: rename the node"
            )
        for meant in [name] if name in known else _joined(name, known):
            refuse_unknown([meant], known, "the flow has no node {}")
            said = by_node.setdefault(meant, {})
            twice = [option for option in options if option in said]
            if twice:
                raise OptionError(f"{twice[0]} of node {meant!r} is said twice in overrides: by {name!r} too")
            said.update(options)
    return by_node


def _joined(name: str, known: Sequence[str]) -> list[str]:
    """The nodes that are meant by a name of several, such as that of a fused task; else the name itself."""
    parts = str(name).split("+")
    return parts if all(part in known and part != FLOW for part in parts) else [name]


def _checked(said: Mapping[str, Any], whose: str) -> dict[str, Any]:
    try:
        return _converted(said)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{whose}: {error}") from error


def _converted(said: Mapping[str, Any]) -> dict[str, Any]:
    for key in ("preview", "gpu_ipc", "durable"):
        if not isinstance(said[key], bool):
            raise TypeError(f"{key} is True or False, got {said[key]!r}")
    if said["carrier"] not in CARRIERS:
        raise ValueError(f"carrier is one of {', '.join(CARRIERS)}, got {said['carrier']!r}")
    folder = said["dead_letters"]
    if not isinstance(folder, str | os.PathLike | None):
        raise TypeError(f"dead_letters is a folder, got {folder!r}")
    return {
        **said,
        "gpus": checked_gpus(said["gpus"]),
        "queue_size": optional_whole("queue_size", said["queue_size"], least=1),
        "max_restarts": whole("max_restarts", said["max_restarts"], least=0),
        "cpu_threads": optional_whole("cpu_threads", said["cpu_threads"], least=1),
        "dead_letters": None if folder is None else Path(folder).absolute(),
        "host_timeout_s": _seconds("host_timeout_s", said["host_timeout_s"]),
        "fuse": checked_fuse(said["fuse"]),
    }


def _seconds(name: str, value: Any) -> float:
    seconds = float(number(name, value))
    if not 0 < seconds < math.inf:
        raise ValueError(f"{name} is a number of seconds above 0, got {value!r}")
    return seconds
