"""How many leases a task should hold: enough to hide the way to the ledger, no more than helps."""

from __future__ import annotations

HANDFUL_S = 0.001
"""Work to have in hand, in seconds: several times a round trip to the ledger."""

MOST = 64


class Pace:
    """Follows how long a message takes and says how many leases to ask for.

    Fast nodes work on many messages a step, so that a round trip is shared; a slow replicated node asks
    for one at a time, so that it takes no work away from its siblings.

    Parameters
    ----------
    prefetch : int
        Leases to hold beyond those.
    """

    def __init__(self, prefetch: int) -> None:
        self._prefetch = prefetch
        self._mean_s = HANDFUL_S

    def target(self, last_s: float) -> int:
        """The number of leases to hold, after a message that took `last_s` seconds."""
        self._mean_s += (last_s - self._mean_s) * 0.2
        return max(1, min(MOST, int(HANDFUL_S / max(self._mean_s, 1e-9)))) + self._prefetch
