"""What a consumer notes about the messages that reach it: the rule by which both sides are timed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from daskflow.experiments.bench.frames import WrongMessage
from daskflow.experiments.bench.payloads import Payload
from daskflow.experiments.bench.spec import StreamSpec

Figures = dict[str, float]
"""What a trial measured, by metric; the names carry the units."""


class Arrivals:
    """Checks messages in their order and times those after the warm-up.

    Parameters
    ----------
    spec : StreamSpec
        The stream.
    payload : Payload
        Checks what comes, if the stream is checked.
    """

    def __init__(self, spec: StreamSpec, payload: Payload) -> None:
        self._spec = spec
        self._check = payload.check if spec.checked else None
        self._first_s: float | None = None
        self._begin_s: float | None = None
        self._last_s = 0.0
        self._counted = 0
        self._latencies_ms: list[float] = []
        self.messages = 0
        """How many came, the warm-up included."""

    def add(self, value: object, sent_ns: int, arrived_ns: int) -> None:
        """Note a message.

        Parameters
        ----------
        value : object
            The message.
        sent_ns, arrived_ns : int
            When the producer had it ready, and when the consumer was given it: `time.monotonic_ns`, which
            is one clock for all processes of a machine.

        Raises
        ------
        WrongMessage
            It is not the next message.
        """
        if self._check is not None:
            self._check(value, self.messages)
        self.messages += 1
        now = time.monotonic()
        if self._begin_s is not None:
            self._counted += 1
            self._last_s = now
            if self._spec.is_paced:
                self._latencies_ms.append((arrived_ns - sent_ns) / 1e6)
            return
        if self._first_s is None:
            self._first_s = now
        if now - self._first_s >= self._spec.warm_s:
            self._begin_s = now

    def figures(self) -> Figures:
        """What was measured: messages per second, and latencies in ms where the stream is paced.

        Raises
        ------
        WrongMessage
            Too few came to say anything.
        """
        if self._begin_s is None or not self._counted:
            raise WrongMessage(f"only {self.messages} messages came, none after the warm-up")
        figures: Figures = {"rate_per_s": self._counted / (self._last_s - self._begin_s)}
        if self._latencies_ms:
            figures["latency_ms"] = percentile(self._latencies_ms, 50)
            figures["latency_p95_ms"] = percentile(self._latencies_ms, 95)
            figures["latency_p99_ms"] = percentile(self._latencies_ms, 99)
        return figures


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of `values` lie, between two neighbours in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
