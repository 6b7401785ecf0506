"""What passes between tasks and ledger: outputs, leases, outcomes."""

from __future__ import annotations

from typing import Any, NamedTuple

OUTPUT, SKIPPED, FAILED, DEAD, REPLAYED = range(5)
"""How a number ended at a task."""

FRESH, REPLAY, REPLAY_OF_FAILURE, SUSPECT = range(4)
"""What is known of a lease: nothing; its outcome, twice; that a process has died with it in hand."""


class Payload(NamedTuple):
    """An output: what describes it to a reader, opaque to the ledger, and the slots that it is in."""

    descriptor: Any
    slots: tuple[int, ...] = ()


class Lease(NamedTuple):
    """A number in the hands of a task, with the payload of each parent."""

    number: int
    payloads: list[Payload]
    kind: int = FRESH
    """With `REPLAY` and `REPLAY_OF_FAILURE` the node is only to have its state again; a `SUSPECT` is to be
    worked on alone, so that it is known whose fault the next death is."""


NOTHING = Payload(None)


class Outcome(NamedTuple):
    """How a task finished a number.

    Attributes
    ----------
    number : int
        The leased number; for a producer its next one.
    kind : int
        `OUTPUT`, `SKIPPED`, `FAILED`, which ends the run, `DEAD`, which only ends the message, or `REPLAYED`.
    body : Payload or object
        The output's payload (`NOTHING` where nobody reads it), or the error.
    busy_s : float
        Time in the node's own code.
    snapshot : Payload, optional
        The node's state after this number.
    """

    number: int
    kind: int
    body: Any = NOTHING
    busy_s: float = 0.0
    snapshot: Payload | None = None


class Start(NamedTuple):
    """What a process of a task begins with.

    Attributes
    ----------
    incarnation : int
        0 for the first; one more each time.
    number : int
        The number that a producer is to begin at.
    snapshot : Payload, optional
        The state of the node that it is to begin with.
    """

    incarnation: int
    number: int = 0
    snapshot: Payload | None = None
