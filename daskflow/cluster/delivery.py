"""Results for the caller: a task of the run in the caller's own process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from daskflow.core.node import ConsumerNode
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.errors import ClusterError
from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.task import Task
from daskflow.transport.carrier import Carrier
from daskflow.transport.far.far_slots import FarSlots


class Delivery(ConsumerNode):
    """Hands what a consumer returned in its worker to the consumer object in the caller's process."""

    def __init__(self, receiver: CallerConsumerNode) -> None:
        super().__init__()
        self._receiver = receiver

    def consume(self, *inputs: Any) -> None:
        """Deliver one result."""
        self._receiver.deliver(inputs[0])


def start_delivery(
    spec: TaskSpec,
    receiver: CallerConsumerNode,
    carrier: Carrier,
    fail: Callable[[ClusterError], object],
    far: FarSlots | None = None,
) -> threading.Thread:
    """Run the caller's task of one consumer in a thread, which ends with the stream.

    Nobody would start it anew: should it end otherwise, `fail` is called, in that thread.
    """

    def deliver() -> None:
        try:
            Task(spec, Delivery(receiver), carrier, private_inputs=True, far=far).run()
        except ConnectionError:
            pass  # the run was torn down: whoever did it knows why
        except Exception as error:  # noqa: BLE001  such as of files that cannot be made here
            failure = ClusterError(f"results of {spec.node_name} cannot be handed over here: {error!r}")
            failure.__cause__ = error
            fail(failure)
        finally:
            carrier.close()

    thread = threading.Thread(target=deliver, name=f"daskflow {spec.task_name}", daemon=True)
    thread.start()
    return thread
