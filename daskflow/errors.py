"""Every error that daskflow raises, as one tree below `DaskflowError`."""

from __future__ import annotations


class DaskflowError(Exception):
    """Base of all errors of daskflow."""


class GraphError(DaskflowError, ValueError):
    """The flow graph cannot be run as it is wired; the message names the node and what to do."""


class OptionError(DaskflowError, ValueError):
    """An option that does not exist, that does not fit what it is said of, or whose value makes no sense."""


class ScalingError(DaskflowError, ValueError):
    """A node cannot be run by that many tasks, or not while the flow runs; nothing was changed."""


class SweepError(DaskflowError, ValueError):
    """An experiment that cannot be made as it was asked for, or not in this folder; nothing was run."""


class ProfileError(DaskflowError, ValueError):
    """A profile that says too little, that cannot be read, or that is of another flow than the one asked."""


class FlowStateError(DaskflowError, RuntimeError):
    """A call that does not fit the state the flow is in, such as a second `run()` while one is under way."""


class AllocationError(DaskflowError, ValueError):
    """A node that only runs on a GPU got none; nothing was started.

    Attributes
    ----------
    node, task : str
        Names of the node and of its task that was left without.
    """

    def __init__(self, message: str, *, node: str, task: str) -> None:
        super().__init__(message)
        self.node = node
        self.task = task

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_allocation_error, (str(self), self.node, self.task)


def _rebuild_allocation_error(message: str, node: str, task: str) -> AllocationError:
    return AllocationError(message, node=node, task=task)


class FlowFailed(DaskflowError, RuntimeError):
    """Base of what `Flow.join()` raises when a run failed."""


class NodeError(FlowFailed):
    """User code in a node raised.

    The user's own exception, with its traceback, is the `__cause__`.

    Attributes
    ----------
    node : str
        Name of the node.
    task : str
        Name of the task, such as ``"detector-1"``.
    sequence_number : int or None
        The message in hand; None outside a message, as in `open` and `close`.
    method : str
        The method that raised: ``open``, ``next``, ``process``, ``consume`` or ``close``.
    """

    def __init__(
        self, message: str, *, node: str, task: str, sequence_number: int | None, method: str
    ) -> None:
        super().__init__(message)
        self.node = node
        self.task = task
        self.sequence_number = sequence_number
        self.method = method

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_node_error, (
            str(self),
            self.node,
            self.task,
            self.sequence_number,
            self.method,
        )


def _rebuild_node_error(
    message: str, node: str, task: str, sequence_number: int | None, method: str
) -> NodeError:
    return NodeError(message, node=node, task=task, sequence_number=sequence_number, method=method)


class TaskLostError(FlowFailed):
    """A task's process died and the run cannot go on without what was in it, or it dies too often.

    Attributes
    ----------
    node, task : str
        Names of the node and of the task.
    exit_code : int or None
        How the process ended: negative for the number of a signal; None if that is not known.
    """

    def __init__(self, message: str, *, node: str, task: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.task = task
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_task_lost_error, (str(self), self.node, self.task, self.exit_code)


def _rebuild_task_lost_error(message: str, node: str, task: str, exit_code: int | None) -> TaskLostError:
    return TaskLostError(message, node=node, task=task, exit_code=exit_code)


class HostLostError(FlowFailed):
    """With a host went what a node cannot do without, and nobody can make it again.

    Attributes
    ----------
    node : str
        Name of the node.
    sequence_number : int or None
        The message that it misses; None where it is the node's own state.
    hosts : tuple of str
        Where it was, as far as that is known.
    """

    def __init__(
        self, message: str, *, node: str, sequence_number: int | None = None, hosts: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.node = node
        self.sequence_number = sequence_number
        self.hosts = hosts

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_host_lost_error, (str(self), self.node, self.sequence_number, self.hosts)


def _rebuild_host_lost_error(
    message: str, node: str, sequence_number: int | None, hosts: tuple[str, ...]
) -> HostLostError:
    return HostLostError(message, node=node, sequence_number=sequence_number, hosts=hosts)


class ClusterError(FlowFailed):
    """The Dask cluster of a run could not be started, or a task could not be placed or loaded on it."""


class PlacementError(ClusterError):
    """The workers of a cluster cannot take the tasks of a flow; the message says what is missing."""


class StoreFullError(DaskflowError, OSError):
    """Neither shared memory nor the temp directory has room for a payload."""


class PayloadLostError(DaskflowError, OSError):
    """A payload on another host that cannot be had any more; the message says whose it was and why.

    Attributes
    ----------
    slots : tuple of int
        The slots that are lost.
    """

    def __init__(self, message: str, slots: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.slots = slots

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.slots)


class GpuSharingError(DaskflowError, RuntimeError):
    """Results that another task keeps in GPU memory could not be reached from here."""


class DeadlockError(DaskflowError, RuntimeError):
    """In a simulated run nobody can go on, and it is not over; the message tells what happened."""


class StaleTaskError(DaskflowError):
    """A message from a task incarnation that the ledger has given up on; it is refused."""


class DeadLetterError(DaskflowError):
    """A dead letter cannot be written, read, found or fed back; the message says which and why."""


class ProtocolError(FlowFailed):
    """A task sent the ledger what no task of this version sends; it was refused, and the run ended."""


class DescriptorError(DaskflowError, ValueError):
    """A payload's descriptor that fits none of the run's slots; nothing was read."""


class ResultsError(DaskflowError, ValueError):
    """A folder of results cannot be read, or what was asked of it is not in it; the message says what is
    missing."""
