"""What a task with a GPU has beside the others: a stream, pinned slots, results that stay on the device."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from numpy.typing import NDArray

from daskflow.core.device import on_host
from daskflow.ledger.slots import slot_number
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.cupy_memory import CupyMemory
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.device_memory import DeviceMemory
from daskflow.transport.device_payload import DeviceWriter, decode_with_device
from daskflow.transport.device_slots import DeviceSlots
from daskflow.transport.device_views import DeviceViews
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.pins import PinnedPages
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews

logger = logging.getLogger("daskflow.runtime")


class HeldReleases:
    """Slots that no array looks into any more, while the GPU may still be reading them.

    Python's collector knows nothing of what is queued on the device.

    Parameters
    ----------
    told : collections.deque of int
        Where slots go that may be told to the ledger.
    wait : callable
        Waits for the device.
    """

    def __init__(self, told: deque[int], wait: Callable[[], None]) -> None:
        self._told = told
        self._wait = wait
        self.held: deque[int] = deque()
        """Slots whose last array is gone; added to at any time, in any thread."""

    def pass_on(self) -> None:
        """Wait for what was queued before these slots were let go of, and let them be told."""
        count = len(self.held)
        if count:
            self._wait()
            for _ in range(count):
                self._told.append(self.held.popleft())


class TaskGpu:
    """The GPU of a task.

    Parameters
    ----------
    memory : DeviceMemory
        Its memory.
    spec : TaskSpec
        The task.
    incarnation : int
        Of the task.
    pool, views, writer : SlotPool, SlotViews, PayloadWriter
        Those of the task, which from then on use pinned pages and wait for the device where they must.
    empty : callable
        As for `on_host`.
    """

    def __init__(
        self,
        memory: DeviceMemory,
        spec: TaskSpec,
        incarnation: int,
        pool: SlotPool,
        views: SlotViews,
        writer: PayloadWriter,
        empty: Callable[..., NDArray[Any]],
    ) -> None:
        self._memory = memory
        self._pins = PinnedPages(memory), PinnedPages(memory)
        pool.pins, views.pins = self._pins
        writer.loans.before_reuse = self._wait
        releases = HeldReleases(views.released, self._wait)
        views.released = releases.held
        self.pass_on_releases = releases.pass_on
        self._slots = DeviceSlots(slot_number(spec.task, incarnation, 0, on_gpu=True), spec.task_name, memory)
        device_views = DeviceViews(memory, views)
        self.decode = partial(decode_with_device, devices=device_views)
        """Takes the place of `daskflow.transport.payload.decode`."""
        self.encode: Callable[[Any], Descriptor] = lambda value: writer.encode(on_host(value, empty))
        """Makes the descriptor of a result."""
        if spec.keeps_on_gpu:
            self.encode = DeviceWriter(writer, self._slots, device_views, memory, empty).encode

    def synchronize(self) -> None:
        """Wait for the device; raises what went wrong on it."""
        self._memory.synchronize()

    def recycle(self, slot: int) -> None:
        """Note that no reader looks into a slot on the device any more."""
        self._slots.recycle(slot)

    def close(self) -> None:
        """Wait for the device and unlock all pages. Slots on the device stay as long as the process."""
        self._wait()
        for pins in self._pins:
            pins.close()

    def _wait(self) -> None:
        with contextlib.suppress(Exception):  # it reads nothing more then, and the node's next call says why
            self._memory.synchronize()


def cupy_memory() -> DeviceMemory | None:
    """The memory of this process's GPU; None where CuPy is missing or cannot use it."""
    try:
        return CupyMemory()
    except ImportError as error:
        logger.debug("%s", error)
    except Exception as error:  # noqa: BLE001  a GPU that CuPy cannot use may serve the node's own library
        logger.warning("CuPy cannot use the GPU of this task: %s", error)
    return None
