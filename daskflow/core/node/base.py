"""What every node has: a name, its place in the graph, and a life from `open` to `close`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from daskflow.core.arguments import optional_flag, optional_whole
from daskflow.core.node.compression import checked_compression
from daskflow.core.node.policy import DEFAULT_SNAPSHOT_EVERY, FAIL, Policy
from daskflow.core.node.surroundings import annotated, checked_env, checked_places, checked_resources


class Node:
    """A vertex of the flow graph; calling it with its parents wires it.

    Parameters
    ----------
    name : str, optional
        Unique in the flow. A flow names its unnamed nodes after their class when it is constructed.
    queue_size : int, optional
        How many messages may wait at each input of this node, instead of the flow's `queue_size`.
    nb_tasks : int, default 1
        How many tasks (processes) run this node. More than one is for stateless processors only.
    cpu_threads : int, optional
        How many threads numeric libraries may use in each task. If not given, the processor's cores are
        divided by the tasks of the flow.
    on_error : {"fail", "skip", "retry"}, default "fail"
        What happens when a call for a message raises. ``"fail"`` ends the run, and `Flow.join` raises.
        ``"skip"`` gives the message up: it counts as failed, the log says so once for each kind of error,
        and the flow goes on without it. ``"retry"`` calls again, `retries` times, and then fails.
    retries : int, optional
        How often the call is tried again before `on_error` holds: 3 with ``"retry"``, else 0.
    process_timeout_s : float, optional
        How long a call for a message may take, in seconds. One that takes longer is an error of its message,
        even if it holds the interpreter up: the process is killed, and another takes its place.
    max_restarts : int, optional
        How many processes of a task may die within a minute, instead of what `Flow.run` says.
    snapshot_every : int, default 16
        After how many messages the state of a node with memory is stored, if it has `snapshot` and
        `restore`. The inputs since then are held, so that a new process can work on them again.
    memory_limit : int or str, optional
        How much memory of its own a task may take, in bytes or as ``"2GB"``; a process that takes more is
        killed, and another takes its place. Shared memory, such as frames, does not count.
    durable : bool, optional
        Whether messages that the node has finished are held until nobody may need its results any more, so
        that these can be made again when a host is lost; if not given, what `Flow.run` says. Nodes that keep
        state hold their inputs anyway, as `snapshot_every` says, and consumers need not.
    env : mapping of str to str, optional
        Environment variables of the worker processes, set before any of the node's code runs there.
    resources : mapping of str to float, optional
        Dask resources that the workers of this node have and its tasks take, such as ``{"camera-host":
        1}``; if not given, those of ``with dask.annotate(resources=...)`` around the node's creation.
        ``"GPU"`` is a wish for so much of a GPU.
    host : str or sequence of str, optional
        On an existing cluster: the host that its tasks are to be on, or several of which each task may be on
        any. A host's name, or its address as in that of a worker.
    workers : str, int or sequence of these, optional
        On an existing cluster: the workers that its tasks may be on, by Dask's names of them or by their
        addresses; if not given, those of ``with dask.annotate(workers=...)``.
    compression : {"lz4", "jpeg", "jpeg:QUALITY"}, optional
        How the results of this node are compressed on their way to another host. ``"jpeg"``, with a quality
        from 1 to 100 (90 if not given), is for pictures of bytes in grey or three colours, and loses a
        little; other results of the node are sent as they are. On one host nothing is compressed.

    Raises
    ------
    TypeError, ValueError
        `name` is empty, or another argument is of another type or out of its range.

    Notes
    -----
    `open` and `close` run in the worker process of the task. Any of a node's methods may take a final
    parameter called ``ctx``, and is then given the task's `daskflow.core.context.Context`. The methods here
    are declared with ``**context`` so that a type checker lets a subclass do so.

    A node whose results depend on earlier messages may have two more methods: ``snapshot()`` returns its
    state, as anything that can be pickled, and ``restore(state)``, called after `open` in a new process,
    takes it up again. With both, the loss of its process changes nothing of what it gives.
    """

    resumable: bool = True
    """Whether a task whose process was killed may be replaced by a fresh copy of the node. False where
    the lost process held state that the results depend on; then the loss fails the run."""

    writable_inputs: bool = False
    """Set to True, on the class or the object, to be given private, writable copies of arrays instead of
    the read-only views that all readers of a frame share."""

    def __init__(
        self,
        name: str | None = None,
        *,
        queue_size: int | None = None,
        nb_tasks: int = 1,
        cpu_threads: int | None = None,
        on_error: str = FAIL,
        retries: int | None = None,
        process_timeout_s: float | None = None,
        max_restarts: int | None = None,
        snapshot_every: int = DEFAULT_SNAPSHOT_EVERY,
        memory_limit: int | str | None = None,
        durable: bool | None = None,
        env: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | None = None,
        host: str | Sequence[str] | None = None,
        workers: str | int | Sequence[str | int] | None = None,
        compression: str | None = None,
    ) -> None:
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise ValueError(f"a node's name is a non-empty string, got {name!r}")
        self._name = name
        self._queue_size = optional_whole("queue_size", queue_size, least=1)
        self._nb_tasks = nb_tasks
        self._cpu_threads = optional_whole("cpu_threads", cpu_threads, least=1)
        self._policy = Policy.of_options(
            on_error=on_error,
            retries=retries,
            process_timeout_s=process_timeout_s,
            max_restarts=max_restarts,
            snapshot_every=snapshot_every,
            memory_limit=memory_limit,
        )
        self._durable = optional_flag("durable", durable)
        self._env = checked_env(env)
        self._resources = checked_resources(annotated("resources") if resources is None else resources)
        self._wanted_hosts = checked_places("host", host)
        wanted = annotated("workers") if workers is None else workers
        self._wanted_workers = checked_places("workers", wanted)
        self._compression = checked_compression(compression)
        self._parents: list[Node] | None = None
        self._children: dict[Node, None] = {}  # a set that keeps the order of wiring
        self._module: Node | None = None

    def __call__(self, *parents: Node) -> Self:
        """Make `parents`, in this order, the inputs of this node.

        Parameters
        ----------
        *parents : Node
            One per argument of `process` or `consume`.

        Returns
        -------
        Self
            This node, so that wiring reads as ``b = B()(a)``.

        Raises
        ------
        RuntimeError
            The node was wired before, or it or a parent is inside a `TaskModuleNode`.
        TypeError
            A parent is not a node.
        """
        if self._parents is not None:
            raise RuntimeError(f"{self!r} has its parents already: a node is wired once")
        if self._module is not None:
            raise RuntimeError(f"{self!r} is inside {self._module!r}: wire the module instead")
        for parent in parents:
            if not isinstance(parent, Node):
                raise TypeError(f"the parents of {self!r} are nodes, got {parent!r}")
            if parent._module is not None:
                raise RuntimeError(f"{parent!r} is inside {parent._module!r}: use the module as parent")
        self._parents = list(parents)
        for parent in parents:
            parent.add_child(self)
        return self

    def open(self, *args: Any, **context: Any) -> None:
        """Acquire files, models and devices. Called in the worker before the first message."""

    def close(self, *args: Any, **context: Any) -> None:
        """Release what `open` acquired.

        Called in the worker after the last message, also on stop and failure.
        """

    def add_child(self, child: Node) -> None:
        """Note `child` as a reader of this node; wiring calls it."""
        self._children[child] = None

    def remove_child(self, child: Node) -> None:
        """Forget `child` as a reader of this node."""
        del self._children[child]

    @property
    def name(self) -> str | None:
        """The given name, or the one the flow gave; None before either."""
        return self._name

    @property
    def parents(self) -> list[Node] | None:
        """The inputs in order; None while the node is not wired."""
        return None if self._parents is None else list(self._parents)

    @property
    def children(self) -> set[Node]:
        """The nodes that read this one."""
        return set(self._children)

    @property
    def nb_tasks(self) -> int:
        """How many tasks run this node."""
        return self._nb_tasks

    @property
    def queue_size(self) -> int | None:
        """How many messages may wait at each input; None for the flow's own."""
        return self._queue_size

    @property
    def cpu_threads(self) -> int | None:
        """How many threads numeric libraries may use in each task; None for the plan's choice."""
        return self._cpu_threads

    @property
    def durable(self) -> bool | None:
        """Whether its inputs are held until its results are safe; None for the flow's own."""
        return self._durable

    @property
    def env(self) -> Mapping[str, str]:
        """Environment variables of its workers."""
        return dict(self._env)

    @property
    def resources(self) -> Mapping[str, float]:
        """Dask resources that its workers have and its tasks take, by name."""
        return dict(self._resources)

    @property
    def wanted_hosts(self) -> tuple[str, ...]:
        """Hosts of an existing cluster of which its tasks are to be on any; empty for no wish."""
        return self._wanted_hosts

    @property
    def wanted_workers(self) -> tuple[str, ...]:
        """Workers of an existing cluster, by name or address, that its tasks may be on; empty for no wish."""
        return self._wanted_workers

    @property
    def compression(self) -> str | None:
        """How its results are compressed between hosts; None for not."""
        return self._compression

    @property
    def policy(self) -> Policy:
        """What is done when something goes wrong in this node."""
        return self._policy

    @property
    def keeps_snapshots(self) -> bool:
        """Whether the node's state can be stored and taken up again: it has `snapshot` and `restore`."""
        return callable(getattr(self, "snapshot", None)) and callable(getattr(self, "restore", None))

    def __repr__(self) -> str:
        return self._name or type(self).__name__

    def __getstate__(self) -> dict[str, Any]:
        """State for a worker: the node alone, without the graph around it."""
        state = dict(self.__dict__)
        state.update(_parents=None, _children={}, _module=None)
        return state
