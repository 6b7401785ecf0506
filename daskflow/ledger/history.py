"""What a node with memory has worked on since its last snapshot: after a kill it works on that again."""

from __future__ import annotations

from collections import deque

from daskflow.ledger.messages import REPLAY, REPLAY_OF_FAILURE, Payload


class History:
    """Holds the inputs of finished numbers until a snapshot of the node's state contains them.

    A number of which a process is to go through again is *due*; it is leased like any other, and comes back
    with its outcome, which says nothing that is not known.
    """

    __slots__ = ("_done", "_failed", "due", "snapshot")

    def __init__(self) -> None:
        self.snapshot: Payload | None = None
        """The node's state, after all numbers that are not kept here any more."""
        self.due: deque[int] = deque()
        """Numbers for the present process to go through again, in order."""
        self._done: dict[int, list[Payload]] = {}
        self._failed: set[int] = set()

    def keep(self, number: int, payloads: list[Payload], *, has_failed: bool = False) -> None:
        """Keep the inputs of a number that is finished, and whether the node raised on it."""
        self._done[number] = payloads
        if has_failed:
            self._failed.add(number)

    def advance(self, number: int, snapshot: Payload) -> list[Payload]:
        """Take in a snapshot of the node's state after a number.

        Returns
        -------
        list of Payload
            What need not be held any more: the earlier snapshot, and all inputs up to this number.
        """
        needless = [] if self.snapshot is None else [self.snapshot]
        self.snapshot = snapshot
        for earlier in [n for n in self._done if n <= number]:
            needless += self._done.pop(earlier)
            self._failed.discard(earlier)
        return needless

    def rewind(self) -> None:
        """Begin anew from the snapshot: all that is kept is due, in order."""
        self.due = deque(sorted(self._done))

    def take(self) -> tuple[int, list[Payload], int]:
        """The next number that is due, its inputs, which are not kept until it comes back, and its kind."""
        number = self.due.popleft()
        return number, self._done.pop(number), REPLAY_OF_FAILURE if number in self._failed else REPLAY

    @property
    def held(self) -> list[Payload]:
        """All payloads that are held here."""
        snapshots = [] if self.snapshot is None else [self.snapshot]
        return snapshots + [payload for payloads in self._done.values() for payload in payloads]

    def clear(self) -> list[Payload]:
        """Forget everything; returns what was held."""
        held = self.held
        self._done.clear()
        self.due.clear()
        self.snapshot = None
        return held
