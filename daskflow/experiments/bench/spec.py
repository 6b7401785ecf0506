"""What a stream of messages is, in the same words for a flow and for its baselines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

LEAST_MESSAGES = 20
"""A stream is at least this long, also where the machine is too slow for the time it has."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream through a chain of stages, or from one stage to several readers.

    Attributes
    ----------
    payload : {"frames", "dicts"}
        What a message is.
    seconds : float
        How long the producer sends, in seconds.
    warm_s : float
        Seconds from the first message at the consumer that are not counted.
    operation : {"same", "new"}
        Whether the stages between producer and consumer pass on what they got or make a new value of it.
    hops : int
        Edges from the producer to the consumer.
    shape : tuple of int
        Height, width and channels of a frame; its bytes are a multiple of 8.
    per_s : float
        Messages per second; 0 for as many as go.
    readers : int
        How many consumers get each message.
    checked : bool
        Whether the consumer looks at what it gets.
    """

    payload: Literal["frames", "dicts"]
    seconds: float
    warm_s: float
    operation: Literal["same", "new"] = "same"
    hops: int = 2
    shape: tuple[int, int, int] = (480, 640, 3)
    per_s: float = 0.0
    readers: int = 1
    checked: bool = True

    @classmethod
    def from_request(cls, values: Mapping[str, Any]) -> StreamSpec:
        """A spec from what a request's JSON holds."""
        return cls(**{**values, "shape": tuple(values.get("shape", (480, 640, 3)))})

    @property
    def is_paced(self) -> bool:
        """Whether the producer waits between messages, so that latencies mean something."""
        return self.per_s > 0


class Pacer:
    """Says when the next message is due, and when there is none any more.

    Parameters
    ----------
    spec : StreamSpec
        Its `seconds` and `per_s` are used.
    """

    def __init__(self, spec: StreamSpec) -> None:
        self._seconds = spec.seconds
        self._per_s = spec.per_s
        self._begin_s = 0.0

    def has(self, number: int) -> bool:
        """Wait until message `number` is due; False if the stream ends before it."""
        now = time.monotonic()
        if number == 0:
            self._begin_s = now
        elapsed = now - self._begin_s
        if number >= LEAST_MESSAGES and elapsed >= self._seconds:
            return False
        if self._per_s and (wait := number / self._per_s - elapsed) > 0:
            time.sleep(wait)
        return True
