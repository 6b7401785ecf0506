"""What the messages of a stream are: made, renewed and checked alike in a flow and in its baselines."""

from __future__ import annotations

from typing import Any, Protocol

from daskflow.experiments.bench.frames import FramePayload, WrongMessage
from daskflow.experiments.bench.spec import StreamSpec


class Payload(Protocol):
    """Makes messages and checks them."""

    def make(self, number: int) -> Any:
        """Message `number`, which may be the object of the message before, changed."""

    def renewed(self, value: Any) -> Any:
        """A new value made of a message."""

    def check(self, value: Any, number: int) -> None:
        """Raise `WrongMessage` unless `value` is message `number`."""


class DictPayload:
    """Small dicts, like those of a detector.

    Parameters
    ----------
    renewals : int, default 0
        How often what arrives is expected to have gone through `renewed`.
    """

    def __init__(self, renewals: int = 0) -> None:
        self._score = 0.5 / 2**renewals

    def make(self, number: int) -> dict[str, Any]:
        """A new dict with `number` in it."""
        return {"number": number, "label": "person", "score": 0.5, "box": [1, 2, 3, number]}

    def renewed(self, value: Any) -> dict[str, Any]:
        """A new dict with half the score."""
        return {**value, "score": value["score"] / 2}

    def check(self, value: Any, number: int) -> None:
        """Compare all of it."""
        expected = {"number": number, "label": "person", "score": self._score, "box": [1, 2, 3, number]}
        if value != expected:
            raise WrongMessage(f"expected {expected}, got {value}")


def payload_of(spec: StreamSpec) -> Payload:
    """The payload of a stream."""
    renewals = spec.hops - 1 if spec.operation == "new" else 0
    return DictPayload(renewals) if spec.payload == "dicts" else FramePayload(spec.shape, renewals)
