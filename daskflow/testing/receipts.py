"""What a simulated run hands to the caller."""

from __future__ import annotations

from typing import Any

from daskflow.cluster.delivery import Delivery
from daskflow.core.node import CallerConsumerNode


class Receipts(Delivery):
    """Delivers as in a real run, and keeps what it has delivered.

    Parameters
    ----------
    receiver : CallerConsumerNode
        The consumer that the user wired.
    received : list
        Where what is delivered is put too.
    """

    def __init__(self, receiver: CallerConsumerNode, received: list[Any]) -> None:
        super().__init__(receiver)
        self._received = received

    def consume(self, *inputs: Any) -> None:
        """Deliver one result."""
        super().consume(*inputs)
        self._received.append(inputs[0])
