"""Which part of a run is measured."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.monitor.figures import ends_of
from daskflow.monitor.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Limits:
    """What of a run is measured, and when it is ended.

    Attributes
    ----------
    warmup_messages : int
        It is measured from when so many had come to the end of the flow; 0 for all of it.
    messages : int or None
        It is ended when so many more have come; None to wait for its own end.
    duration_s : float or None
        It is ended after so many more seconds.
    timeout_s : float or None
        It has failed if it goes on for longer than this in all.
    """

    warmup_messages: int = 0
    messages: int | None = None
    duration_s: float | None = None
    timeout_s: float | None = None

    @property
    def ends_runs(self) -> bool:
        """Whether runs are ended before they end themselves."""
        return self.messages is not None or self.duration_s is not None


class Span:
    """Says where the measured part of a run begins and ends, from what is seen of the run.

    Parameters
    ----------
    limits : Limits
        What is wanted.

    Attributes
    ----------
    begin : RunSnapshot or None
        The first after the warm-up; None if all of the run counts, or while it has not been seen.
    end : RunSnapshot or None
        The first at which enough was measured; None if the run's own end is waited for.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.begin: RunSnapshot | None = None
        self.end: RunSnapshot | None = None

    @property
    def is_watching(self) -> bool:
        """Whether something is still waited for."""
        if self.end is not None:
            return False
        return self._limits.ends_runs or (self.begin is None and self._limits.warmup_messages > 0)

    def see(self, now: RunSnapshot) -> None:
        """Take note of a later moment of the run."""
        if not self.is_watching or not now.elapsed_s:
            return
        limits, count = self._limits, arrived(now)
        if self.begin is None and limits.warmup_messages:
            if count >= limits.warmup_messages:
                self.begin = now
            return
        if self.begin is not None:
            count -= arrived(self.begin)
        elapsed_s = now.elapsed_s - (self.begin.elapsed_s if self.begin else 0.0)
        if (limits.messages is not None and count >= limits.messages) or (
            limits.duration_s is not None and elapsed_s >= limits.duration_s
        ):
            self.end = now


def arrived(snapshot: RunSnapshot) -> int:
    """Messages that came to the end of the flow; of several ends, to the one that has the fewest."""
    return min((node.received for node in ends_of(snapshot)), default=0)
