"""How many leases a task should hold: enough to hide the way to the ledger, no more than helps."""

from __future__ import annotations

HANDFUL_S = 0.001
"""Work to have in hand, in seconds: several times a round trip to the ledger."""

MOST = 64

BRISK_S = 0.0003
"""A task that takes less than this for a message, about a round trip, may hold a result back for one."""


class Pace:
    """Follows how long a message takes a task, and says how many leases to ask for.

    Fast tasks work on many messages a step, so that a round trip is shared; a slow replicated one asks
    for one at a time, so that it takes no work away from its siblings.

    Parameters
    ----------
    prefetch : int
        Leases to hold beyond those.
    batch_size : int, default 1
        How many messages a call may be for.
    """

    def __init__(self, prefetch: int, batch_size: int = 1) -> None:
        self._prefetch = prefetch
        self._batch_size = batch_size
        self._mean_s = HANDFUL_S

    def note(self, last_s: float) -> None:
        """Take note that the last message took `last_s` seconds, copying included."""
        self._mean_s += (last_s - self._mean_s) * 0.2

    @property
    def wanted(self) -> int:
        """The number of leases to hold."""
        handful = min(MOST, int(HANDFUL_S / max(self._mean_s, 1e-9)))
        return max(self._batch_size, handful) + self._prefetch

    @property
    def is_brisk(self) -> bool:
        """Whether the next message will be done so soon that a result can wait for it."""
        return self._mean_s < BRISK_S
