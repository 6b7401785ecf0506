"""What is said over a comm on which slots are asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

OPERATION = "daskflow-slot"
"""The operation by which a comm to a worker becomes a line to the slots of a run on its host."""

RELAY = "daskflow-fetch"
"""The same to the scheduler, which asks a worker itself: for the caller, who may reach no worker."""

WHEREABOUTS = "daskflow-whereabouts"
"""The operation of the scheduler that says where the slots of a task's process are."""

READY = "daskflow-ready"
"""The answer to the first two. Dask itself answers None where nobody has registered the operation."""


class Answer(NamedTuple):
    """Of a slot that was asked for; its bytes follow.

    Attributes
    ----------
    capacity : int
        Bytes of the slot without its trailer; 0 if the edition asked for is not there.
    about : bytes
        What is in it, packed.
    form : str
        How it is compressed; empty if it is not.
    size_bytes : int
        Of what follows.
    gone : list of int
        Of the slots that the asker knows of the same owner: those that are no more.
    """

    capacity: int
    about: bytes = b""
    form: str = ""
    size_bytes: int = 0
    gone: Any = ()


NOT_THERE = Answer(0)
