"""The kinds of nodes that a user subclasses."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

from daskflow.core.arguments import number
from daskflow.core.constants import CPU, DEVICE_TYPES, GPU
from daskflow.core.device import array_module
from daskflow.core.node.base import Node


class ProducerNode(Node):
    """A source. Runs as one task; its `next` is called until it raises `StopIteration`.

    It takes the parameters of `Node`, except that `nb_tasks` is 1.

    A producer whose process was killed fails the run, unless it can go on. One that can begin anywhere has a
    method ``seek(sequence)``, called after `open` in a new process: the next `next` gives the message with
    this sequence number, counted from 0 over all that the producer gives. One that is live says `is_live`.
    """

    resumable: bool = False

    is_live: bool = False
    """Whether what it gives happens now, as with a camera: a new process goes on with the next sequence
    number, and what was missed meanwhile is counted as a gap."""

    length: int | None = None
    """How many messages the producer will give, where it is known beforehand; for progress bars."""

    def next(self, *args: Any, **context: Any) -> Any:
        """Give the next message; runs in the producer's worker and may block.

        Returns
        -------
        object
            Anything that can be pickled. Large NumPy arrays travel through shared memory.

        Raises
        ------
        StopIteration
            There is no further message.
        """
        raise NotImplementedError(f"{type(self).__name__} has no next()")


class ProcessorNode(Node):
    """Turns the messages of its parents into one of its own, without memory of earlier ones.

    Parameters
    ----------
    nb_tasks : int, default 1
        How many copies run at a time, each in a process of its own.
    device_type : {"cpu", "gpu"}, default "cpu"
        Where the node would like to run. GPU is a wish: see `change_device`.
    name : str, optional
        Unique in the flow.
    gpu_share : float, default 1
        How much of a GPU each task takes, where it gets one; with 0.5, two tasks share a device. It is a
        promise: nothing keeps a task from using more.
    **options
        As for `Node`.
    """

    devices: tuple[str, ...] = DEVICE_TYPES
    """What the node's code can run on. A subclass without code for GPUs says ``("cpu",)``, one that needs
    a GPU ``("gpu",)``."""

    is_cheap: bool = False
    """Set to True, on the class or the object, where a call takes far less than the way of a message to the
    next task, which is a tenth of a millisecond. ``fuse="auto"`` puts such neighbours into one task."""

    def __init__(
        self,
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        *,
        gpu_share: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(name, nb_tasks=nb_tasks, **options)
        if GPU in self.devices and CPU not in self.devices:
            device_type = GPU  # there is nothing to wish for
        self._device_type = checked_device(device_type)
        self._gpu_share = checked_gpu_share(gpu_share)

    @property
    def device_type(self) -> str:
        """``"cpu"`` or ``"gpu"``: the wish, and in the worker what came of it."""
        return self._device_type

    @property
    def device(self) -> str:
        """The same as `device_type`, for code that runs in the worker."""
        return self._device_type

    @property
    def gpu_share(self) -> float:
        """How much of a GPU each task takes, from 0 to 1."""
        return self._gpu_share

    @property
    def xp(self) -> ModuleType:
        """The array library of `device`: `numpy` or, on a GPU, `cupy`.

        Raises
        ------
        ImportError
            The task has a GPU, and CuPy is not installed.
        """
        return array_module(self._device_type)

    def change_device(self, device_type: str) -> None:
        """Move the node to another kind of device; called on a task's own copy where no GPU is left.

        Raises
        ------
        ValueError
            `device_type` is unknown, or not among the node's `devices`. A subclass may have other reasons.
        """
        if checked_device(device_type) not in self.devices:
            raise ValueError(f"{self!r} runs on {' and '.join(self.devices)} only")
        self._device_type = device_type

    def process(self, *inputs: Any, **context: Any) -> Any:
        """Handle one message from each parent; runs in the task's worker.

        Parameters
        ----------
        *inputs : object
            One per parent, in the order of wiring. Arrays are read-only.

        Returns
        -------
        object
            The message for the children, or `SKIP` for none.
        """
        raise NotImplementedError(f"{type(self).__name__} has no process()")


class OneTaskProcessorNode(ProcessorNode):
    """A processor with memory: one task, alone on its worker, given messages in sequence order.

    Parameters
    ----------
    device_type : {"cpu", "gpu"}, default "cpu"
        Where the node would like to run.
    name : str, optional
        Unique in the flow.
    nb_tasks : int, default 1
        Ignored, with a warning if it is not 1: state cannot be split over tasks.
    **options
        As for `ProcessorNode`.
    """

    resumable: bool = False

    def __init__(
        self,
        device_type: str = CPU,
        name: str | None = None,
        *,
        nb_tasks: int = 1,
        **options: Any,
    ) -> None:
        if nb_tasks != 1:
            warnings.warn(
                f"{name or type(self).__name__} keeps state and runs as one task: "
                f"nb_tasks={nb_tasks} is ignored",
                stacklevel=2,
            )
        super().__init__(1, device_type, name, **options)


class ConsumerNode(Node):
    """A sink. Runs as one task and is given messages in sequence order.

    It takes the parameters of `Node`, except that `nb_tasks` is 1.
    """

    encodes_on_gpu: bool = False
    """Set to True, on the class or the object, to have the worker see the first of the flow's GPUs, if there
    is one: for the video encoder in it, which computing does not use. The node takes no share of that GPU."""

    def consume(self, *inputs: Any, **context: Any) -> Any:
        """Take one message from each parent; runs in the consumer's worker.

        A consumer whose task was killed is given the message in hand again: its side effects happen at
        least once.

        Parameters
        ----------
        *inputs : object
            One per parent, in the order of wiring. Arrays are read-only.

        Returns
        -------
        object
            Nothing that anybody would get, except from a `CallerConsumerNode`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no consume()")


def keeps_state(node: Node) -> bool:
    """Whether it is a processor that cannot be run by several tasks, since it remembers messages."""
    return isinstance(node, ProcessorNode) and (isinstance(node, OneTaskProcessorNode) or not node.resumable)


def checked_device(device_type: str) -> str:
    """A kind of device, known to be one.

    Raises
    ------
    ValueError
        There is no such kind.
    """
    if device_type not in DEVICE_TYPES:
        raise ValueError(f"device_type is one of {', '.join(DEVICE_TYPES)}, got {device_type!r}")
    return device_type


def checked_gpu_share(share: Any, what: str = "gpu_share") -> float:
    """How much of a GPU each task takes, known to be above 0 and at most 1.

    Raises
    ------
    TypeError, ValueError
        It is not; the message calls it `what`.
    """
    if not 0 < number(what, share) <= 1:
        raise ValueError(f"{what} is above 0 and at most 1, got {share:g}")
    return float(share)
