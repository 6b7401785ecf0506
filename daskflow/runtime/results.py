"""What a task's node gives, made into descriptors, and the slots that this takes: lent, written, recycled."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.ledger.slots import is_on_gpu, slot_number
from daskflow.runtime.gpu import TaskGpu
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.descriptor import INLINE_LIMIT, Descriptor
from daskflow.transport.device_memory import DeviceMemory
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews


class Results:
    """The way out of a task, as `daskflow.runtime.inputs.Inputs` is the way in.

    Parameters
    ----------
    spec : TaskSpec
        The task.
    incarnation : int
        Which process of it this is: its slots are numbered by it.
    views : SlotViews
        Of the task: what lies in an input is named again rather than copied.
    has_trailers : bool
        Whether readers may be on other hosts.
    """

    def __init__(self, spec: TaskSpec, incarnation: int, views: SlotViews, *, has_trailers: bool) -> None:
        self._spec = spec
        self._incarnation = incarnation
        self._views = views
        first = slot_number(spec.task, incarnation, 0)
        self._pool = SlotPool(first, spec.places, has_trailers=has_trailers)
        self.writer = PayloadWriter(self._pool, views, spec.compression)
        self.encode: Callable[[Any], Descriptor] = self.writer.encode
        """The descriptor of a value with its metadata. Raises what pickling does, or `StoreFullError`."""
        self._gpu: TaskGpu | None = None

    def use_gpu(self, memory: DeviceMemory, empty: Callable[..., NDArray[Any]]) -> TaskGpu:
        """Let results be made on a GPU, and stay there where the plan says so; `empty` as for `on_host`."""
        gpu = TaskGpu(memory, self._spec, self._incarnation, self._pool, self._views, self.writer, empty)
        self._gpu, self.encode = gpu, gpu.encode
        return gpu

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """An array for the node to fill, in a slot if it is large; see `Context.empty`."""
        if prod(shape) * dtype.itemsize <= INLINE_LIMIT:
            return np.empty(shape, dtype)  # travels in the message itself
        return self.writer.loans.empty(shape, dtype)

    def recycle(self, slot: int) -> None:
        """Note that no reader looks into a slot any more: the next result may be written there."""
        if self._gpu is not None and is_on_gpu(slot):
            self._gpu.recycle(slot)
        else:
            self.writer.loans.recycle(slot)

    def count_slots(self) -> tuple[int, int]:
        """How many slots the task has made, and how many of them found no room in shared memory."""
        return self._pool.created, self._pool.on_disk
