"""The flow: a graph of nodes that runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from daskflow.advice.advised import Advised
from daskflow.attached import attach
from daskflow.awaited import AwaitedFlow
from daskflow.cluster.foreign.access import ClusterAccess, access_to
from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.cluster.foreign.planning import inventory_of, with_places
from daskflow.cluster.foreign.run import ForeignRun
from daskflow.cluster.foreign.starting import start_on
from daskflow.cluster.run import Run
from daskflow.core.arguments import optional_whole, whole
from daskflow.core.constants import FLOW_TYPES, REALTIME
from daskflow.core.graph import GraphEngine
from daskflow.core.node import Node
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.diagram.content import Diagram
from daskflow.diagram.formats import format_of, rendered, saved
from daskflow.diagram.html import picture_html
from daskflow.errors import FlowStateError
from daskflow.options import FlowOptions
from daskflow.options.flow_options import Overrides
from daskflow.options.fusing import Fuse, checked_fuse
from daskflow.options.gpus import Gpus
from daskflow.plan import Inventory, Plan, build_plan, fused_run
from daskflow.plan.picture import graph_diagram


class Flow(AwaitedFlow, Advised):
    """Runs a graph of producers, processors and consumers, each task in a process of its own.

    Parameters
    ----------
    producers : sequence of ProducerNode
        Where the graph begins; whatever is wired to them is part of the flow.
    consumers : sequence of ConsumerNode, optional
        Nodes that must be part of it, as a check; others that are wired are part of it too.
    flow_type : {"realtime", "batch"}, default "realtime"
        What happens at a full edge: BATCH slows the producer and loses nothing, REALTIME never slows it and
        drops the oldest waiting message.
    name : str, optional
        For titles and messages.
    queue_size : int, optional
        How many messages may wait at each input of a node that does not say so itself. If not given, 8 in
        BATCH, or up to 256 of those that need no shared memory (16 KiB at most) where the node is fast,
        and 4 in REALTIME.
    fuse : "auto" or sequence of sequence of str, optional
        Which neighbouring processors run in one task: chains by the names of their nodes, or what the plan
        finds worth it. Results are the same; see ``docs/fusion.md``. By default each node has its own tasks.

    Raises
    ------
    GraphError
        The graph cannot run; the message names the node and what to do. It is a `ValueError`.
    """

    def __init__(
        self,
        producers: Sequence[Node],
        consumers: Sequence[Node] = (),
        flow_type: str = REALTIME,
        name: str | None = None,
        *,
        queue_size: int | None = None,
        fuse: Fuse = None,
    ) -> None:
        if flow_type not in FLOW_TYPES:
            raise ValueError(f"flow_type is one of {', '.join(FLOW_TYPES)}, got {flow_type!r}")
        self._graph = GraphEngine(producers, consumers)
        for node, node_name in self._graph.names.items():
            node._name = node_name
        self._flow_type = flow_type
        self._name = name or "flow"
        self._queue_size = optional_whole("queue_size", queue_size, least=1)
        self._fuse = checked_fuse(fuse)
        self._own_nodes = self.nodes
        self._run: Run | ForeignRun | None = None

    @property
    def name(self) -> str:
        """The flow's name."""
        return self._name

    @property
    def flow_type(self) -> str:
        """``"batch"`` or ``"realtime"``."""
        return self._flow_type

    @property
    def queue_size(self) -> int | None:
        """How many messages may wait at each input; None where that was not given."""
        return self._queue_size

    @property
    def nodes(self) -> list[Node]:
        """All nodes, each after everything it depends on."""
        return self._graph.topological_sort()

    def results(self, node: CallerConsumerNode) -> list[Any]:
        """What a `CollectConsumer` of this flow has collected so far, in order; does not block.

        Parameters
        ----------
        node : CollectConsumer
            Itself, not its name.

        Raises
        ------
        ValueError
            The node collects nothing, or is not part of the flow.
        """
        if node not in self.nodes or not hasattr(node, "results"):
            raise ValueError(
                f"{node!r} is no CollectConsumer of flow {self._name!r}: only those keep results"
            )
        return list(node.results)

    def options(
        self,
        *,
        gpus: Gpus = None,
        max_restarts: int | None = None,
        dead_letters: str | os.PathLike[str] | None = None,
        preview: bool | None = None,
        durable: bool | None = None,
        overrides: Overrides | None = None,
    ) -> FlowOptions:
        """What would hold for a run, for the flow and each of its nodes, whoever said it. Starts nothing.

        Parameters
        ----------
        gpus, max_restarts, dead_letters, preview, durable, overrides
            As for `run`.

        Raises
        ------
        OptionError
            An option or a node does not exist, or a value makes no sense. It is a `ValueError`.
        """
        arguments = {
            "queue_size": self._queue_size,
            "gpus": gpus,
            "max_restarts": max_restarts,
            "dead_letters": dead_letters,
            "preview": preview,
            "durable": durable,
            "fuse": self._fuse,
        }
        return FlowOptions.of(self._graph.names, arguments, overrides)

    def plan(
        self,
        *,
        cluster: Any = None,
        tasks_per_worker: int = 1,
        gpus: Gpus = None,
        max_restarts: int | None = None,
        durable: bool | None = None,
        overrides: Overrides | None = None,
    ) -> Plan:
        """What `run` would start: tasks, devices and their reasons, edge capacities. Starts nothing.

        Parameters
        ----------
        cluster, tasks_per_worker, gpus, max_restarts, durable, overrides
            As for `run`. With an existing cluster the plan says which worker each task would be on now, and
            this blocks until its scheduler has answered.

        Returns
        -------
        Plan
            Frozen. Nothing is reserved by it.

        Raises
        ------
        OptionError
            An option or a node does not exist, or a value makes no sense. It is a `ValueError`.
        PlacementError
            The workers of the cluster cannot take the flow: a table says what is missing.
        ClusterError
            The scheduler does not answer, or has no daskflow.
        """
        options = self.options(gpus=gpus, max_restarts=max_restarts, durable=durable, overrides=overrides)
        if cluster is None or isinstance(cluster, Mapping):
            return self._planned(options)[0]
        tasks_per_worker = whole("tasks_per_worker", tasks_per_worker, least=1)
        access = access_to(cluster)
        if access.is_asynchronous:
            raise ValueError(
                "this cluster belongs to an event loop, and plan() blocks: pass the address of its scheduler "
                "in another thread, await asyncio.to_thread(flow.plan, cluster=address)"
            )
        with contextlib.closing(ExistingCluster(access)) as existing:
            plan = self._planned(options, inventory_of(existing, options, tasks_per_worker))[0]
            return with_places(existing, plan, tasks_per_worker)

    def visualize(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        overrides: Overrides | None = None,
    ) -> str | bytes | None:
        """Draw the graph: nodes with what they wish for, edges with what they hold. Starts nothing.

        Parameters
        ----------
        path : str or os.PathLike, optional
            A file to write, which is replaced if it exists: ``.svg``, ``.png``, or ``.mmd`` for Mermaid,
            which GitHub draws. If not given, the picture is returned.
        format : {"svg", "png", "mermaid"}, optional
            What to make, whatever the file is called; without a file, SVG by default.
        overrides : mapping, optional
            As for `run`.

        Returns
        -------
        str, bytes or None
            Text, or the bytes of a PNG; None where a file was written.

        Raises
        ------
        ValueError
            There is no such format, or an option makes no sense.
        OSError
            The file cannot be written.
        """
        chosen = format_of(path, format)
        diagram = self._diagram(overrides)
        if path is None:
            return rendered(diagram, chosen)
        saved(diagram, path, chosen)
        return None

    def run(
        self,
        *,
        cluster: Any = None,
        detach: bool = False,
        tasks_per_worker: int = 1,
        gpus: Gpus = None,
        max_restarts: int | None = None,
        dead_letters: str | os.PathLike[str] | None = None,
        preview: bool | None = None,
        durable: bool | None = None,
        performance_report: str | os.PathLike[str] | None = None,
        overrides: Overrides | None = None,
    ) -> Flow:
        """Start the flow and return while it runs; `join` waits for its end.

        What is not given here is as Dask's configuration says under ``daskflow``. A node's own parameters
        come before what is said here of all nodes, and `overrides` before both.

        Parameters
        ----------
        cluster : mapping, str, distributed.Client or distributed.deploy.Cluster, optional
            Where it runs. By default on a cluster of its own on this machine, for which a mapping has
            arguments of `distributed.LocalCluster`, such as ``{"dashboard_address": None}`` for no dashboard.
            On a cluster that is there already, which is left as it was: by the address of its scheduler, a
            client, a cluster object, or ``"current"`` for the client that was opened last. Where it belongs
            to an event loop, write ``async with flow.run(cluster=client):``, which starts the flow and waits
            for its end.
        detach : bool, default False
            On an existing cluster: let the flow go on when this program ends; `attach` finds it by its name.
        tasks_per_worker : int, default 1
            On an existing cluster: how many tasks a worker may be given, and no more than it has threads.
        gpus : int, sequence of int or str, optional
            Which GPUs the flow may use: how many of those that ``CUDA_VISIBLE_DEVICES`` leaves to this
            process, or which by index or UUID; 0 for none, by default all that are visible.
        max_restarts : int, optional
            How many processes of a task may die within a minute; one more fails the run. 3 by default.
        dead_letters : str or os.PathLike, optional
            A folder, made when it is needed, in which each message that is given up is kept, with its inputs
            and the reason: ``daskflow deadletters`` lists and shows them and feeds them back.
        preview : bool, optional
            Whether small pictures of messages may be seen by who watches the run; True by default, unless
            Dask's configuration says ``daskflow.preview: False``. They are made when somebody looks.
        durable : bool, optional
            Whether nodes hold what they have finished until nobody may need their results any more, so that
            these can be made again when a host is lost; nodes may say otherwise. False by default: then a
            message that is lost with a host is counted as lost in REALTIME, and fails the run in BATCH.
        performance_report : str or os.PathLike, optional
            An HTML file for Dask's own report about the run; the end then takes a second or two longer.
        overrides : mapping of str to mapping, optional
            By the name of a node, its parameters for this run: ``{"detector": {"nb_tasks": 4, "device_type":
            "gpu", "env": {"DEBUG": "1"}}}``, and by the name ``"flow"`` options of the flow itself:
            ``docs/configuration.md`` has them all.

        Returns
        -------
        Flow
            This flow.

        Raises
        ------
        FlowStateError
            The flow runs already, or a node cannot be pickled; or it is to outlive this program, and has a
            cluster of its own, or a node that hands results to this program.
        OptionError
            An option or a node does not exist, or a value makes no sense. It is a `ValueError`.
        AllocationError
            A node that only runs on a GPU got none, and nothing was started. It is a `ValueError`.
        PlacementError
            The workers of an existing cluster cannot take the flow: a table says what is missing. Or the
            flow has a cluster of its own, and a node is to run elsewhere.
        ClusterError
            The cluster did not start, does not answer, or cannot take the flow's tasks (`PlacementError`).
        OSError
            `performance_report` cannot be written.
        TypeError
            `cluster` is nothing of the above.
        ValueError
            `performance_report` is wanted of an existing cluster; or what Dask's configuration says under
            ``daskflow`` cannot be.
        """
        if self.is_running:
            raise FlowStateError(f"flow {self._name!r} runs already: join() or stop() it first")
        self._starting = None
        options = self.options(
            gpus=gpus,
            max_restarts=max_restarts,
            dead_letters=dead_letters,
            preview=preview,
            durable=durable,
            overrides=overrides,
        )
        if cluster is not None and not isinstance(cluster, Mapping):
            tasks_per_worker = whole("tasks_per_worker", tasks_per_worker, least=1)
            if performance_report is not None:
                raise ValueError(
                    "performance_report is for clusters of a flow's own; on an existing one the report is "
                    "the cluster's: with distributed.performance_report(filename): around the flow"
                )
            access = access_to(cluster)
            start = partial(self._run_on, access, options, detach, tasks_per_worker)
            if access.is_asynchronous:
                self._starting = start
            else:
                self._run = start()
            return self
        if detach:
            raise FlowStateError(
                "detach=True is for a cluster that is there already, run(cluster=ADDRESS): one of the flow's "
                "own ends with this program"
            )
        report = None if performance_report is None else Path(performance_report).absolute()
        plan, nodes, options = self._planned(options)
        self._run = Run(plan, nodes, options, cluster or {}, report)
        return self

    attach = staticmethod(attach)

    def _run_on(
        self, access: ClusterAccess, options: FlowOptions, detach: bool, tasks_per_worker: int
    ) -> ForeignRun:
        existing = ExistingCluster(access)
        try:
            inventory = inventory_of(existing, options, tasks_per_worker)
            plan, nodes, options = self._planned(options, inventory)
            return start_on(
                existing, plan, nodes, options, is_detached=detach, tasks_per_worker=tasks_per_worker
            )
        except BaseException:
            existing.close()
            raise

    def _planned(
        self, options: FlowOptions, inventory: Inventory | None = None
    ) -> tuple[Plan, list[Node], FlowOptions]:
        """What runs, once chains are fused: its plan, its nodes, and what holds for them."""
        inventory = inventory or Inventory.of_this_machine(options.gpus, gpu_ipc=options.gpu_ipc)
        graph, options = fused_run(self._graph, options)
        plan = build_plan(graph, inventory, options, flow_name=self._name, flow_type=self._flow_type)
        return plan, graph.topological_sort(), options

    def _diagram(self, overrides: Overrides | None = None) -> Diagram:
        graph, options = fused_run(self._graph, self.options(overrides=overrides))
        return graph_diagram(graph, options, flow_name=self._name, flow_type=self._flow_type)

    def _repr_html_(self) -> str:
        """What a notebook shows of it: the graph."""
        return picture_html(self._diagram())

    def __repr__(self) -> str:
        state = "running" if self.is_running else "not running"
        return f"<Flow {self._name!r}: {len(self.nodes)} nodes, {self._flow_type}, {state}>"
