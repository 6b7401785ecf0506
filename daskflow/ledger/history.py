"""What a node with memory has worked on since its last snapshot: after a kill it works on that again."""

from __future__ import annotations

from collections import deque

from daskflow.ledger.messages import REPLAY, REPLAY_OF_FAILURE, Payload


class History:
    """Holds the inputs of finished numbers until a snapshot of the node's state contains them.

    A number of which a process is to go through again is *due*; it is leased like any other, and comes back
    with its outcome, which says nothing that is not known.
    """

    __slots__ = ("_failed", "due", "has_lost_snapshot", "inputs", "snapshot")

    def __init__(self) -> None:
        self.snapshot: Payload | None = None
        """The node's state, after all numbers that are not kept here any more."""
        self.has_lost_snapshot = False
        """Whether the snapshot was lost with its host: until there is another, no process can take over."""
        self.due: deque[int] = deque()
        """Numbers for the present process to go through again, in order."""
        self.inputs: dict[int, list[Payload | None]] = {}
        """By number, the payload from each edge; None where it is lost, and may be made again."""
        self._failed: set[int] = set()

    def keep(self, number: int, payloads: list[Payload], *, has_failed: bool = False) -> None:
        """Keep the inputs of a number that is finished, and whether the node raised on it."""
        self.inputs[number] = [*payloads]
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
        self.snapshot, self.has_lost_snapshot = snapshot, False
        for earlier in self.up_to(number):
            needless += _present(self.inputs.pop(earlier))
            self._failed.discard(earlier)
        return needless

    def up_to(self, number: int) -> list[int]:
        """The numbers whose inputs are held, as far as this one."""
        return [earlier for earlier in self.inputs if earlier <= number]

    def lose_snapshot(self) -> Payload:
        """Note that the snapshot is lost; returns it."""
        snapshot, self.snapshot, self.has_lost_snapshot = self.snapshot, None, True
        assert snapshot is not None
        return snapshot

    def rewind(self) -> None:
        """Begin anew from the snapshot: all that is kept is due, in order."""
        self.due = deque(sorted(self.inputs))

    @property
    def can_go_on(self) -> bool:
        """Whether the inputs of the next number that is due are there."""
        return None not in self.inputs[self.due[0]]

    def take(self) -> tuple[int, list[Payload], int]:
        """The next number that is due, its inputs, which are not kept until it comes back, and its kind."""
        number = self.due.popleft()
        kind = REPLAY_OF_FAILURE if number in self._failed else REPLAY
        return number, _present(self.inputs.pop(number)), kind

    def take_back(self, number: int, payloads: list[Payload]) -> None:
        """Have a number, which was taken, due as before."""
        self.keep(number, payloads)
        self.due = deque(sorted({number, *self.due}))

    def leave_out(self, number: int) -> list[Payload]:
        """Do not go through a number again; returns what was held of it."""
        self.due.remove(number)
        self._failed.discard(number)
        return _present(self.inputs.pop(number))

    @property
    def held(self) -> list[Payload]:
        """All payloads that are held here."""
        snapshots = [] if self.snapshot is None else [self.snapshot]
        return snapshots + [payload for entry in self.inputs.values() for payload in _present(entry)]

    def clear(self) -> list[Payload]:
        """Forget everything; returns what was held."""
        held = self.held
        self.inputs.clear()
        self.due.clear()
        self.snapshot = None
        return held


def _present(entry: list[Payload | None]) -> list[Payload]:
    return [payload for payload in entry if payload is not None]
