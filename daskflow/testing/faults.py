"""What may befall a simulated run: what a test writes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from daskflow.core.node import Node
from daskflow.runtime.failure import METHODS

OPEN, LEASE, PROCESS, COMMIT, COMMITTED, CLOSE = "open", "lease", "process", "commit", "committed", "close"

Point = Literal["open", "lease", "process", "commit", "committed", "close"]
"""Where in its life a process is killed; see `Kill`."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The process of a task is killed, as by SIGKILL: it says nothing more, and what it held is lost.

    Parameters
    ----------
    target : str or Node
        A task, such as ``"detector-1"``, or a node: then whichever of its tasks comes there.
    at : int, default 0
        The message's number. For a task that shares its node's messages with others: the first one from
        there on that it is given.
    point : str, default "process"
        ``"open"``: in `open`. ``"lease"``: the message has come to the process, which has not begun with it;
        for a producer, the word that it may make it. ``"process"``: in `next`, `process` or `consume`,
        before the node's own code or after it, as the seed says. ``"commit"``: the call has returned, and
        the ledger has not been told; outcomes that were held back to go with it are lost too.
        ``"committed"``: just after it was told. ``"close"``: in `close`.
    times : int, default 1
        How many processes die there, one after the other, of the same message.

    Raises
    ------
    ValueError
        There is no such `point`, `at` is given for one at which no message is in hand, or a number is too
        small.
    """

    target: str | Node
    at: int = 0
    point: Point = "process"
    times: int = 1

    def __post_init__(self) -> None:
        if self.point not in get_args(Point):
            raise ValueError(f"point of a Kill is one of {', '.join(get_args(Point))}, got {self.point!r}")
        if self.point in (OPEN, CLOSE) and self.at:
            raise ValueError(f"no message is in hand in {self.point}: leave `at` out, got {self.at}")
        _check_count(self.at, self.times)


@dataclass(frozen=True, slots=True)
class Fail:
    """A method of a node raises instead of doing its work.

    Parameters
    ----------
    target : str or Node
        A task or a node, as for `Kill`.
    at : int, default 0
        The message's number, as for `Kill`.
    error : BaseException, optional
        What is raised; if not given, a `RuntimeError`.
    times : int, default 1
        How many calls fail, one after the other, for the same message.
    method : str, optional
        Which method; if not given, the one that is called for each message. With ``"open"``, ``"close"``,
        ``"seek"`` and ``"restore"`` there is no message, and `at` is left out.

    Raises
    ------
    TypeError, ValueError
        There is no such `method`, `error` is no exception object, or a number is too small.
    """

    target: str | Node
    at: int = 0
    error: BaseException = field(default_factory=lambda: RuntimeError("made to fail"))
    times: int = 1
    method: str | None = None

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in METHODS:
            raise ValueError(f"method of a Fail is one of {', '.join(METHODS)}, got {self.method!r}")
        if not isinstance(self.error, BaseException):
            raise TypeError(f"error of a Fail is an exception object, got {self.error!r}")
        _check_count(self.at, self.times)


@dataclass(frozen=True, slots=True)
class Hang:
    """A call for a message does not return, until its process is killed.

    Parameters
    ----------
    target, at, times
        As for `Kill`.
    """

    target: str | Node
    at: int = 0
    times: int = 1

    def __post_init__(self) -> None:
        _check_count(self.at, self.times)


@dataclass(frozen=True, slots=True)
class Delay:
    """What a node gives reaches one of its readers later.

    Parameters
    ----------
    source, target : str or Node
        The nodes at the ends of the edge.
    by_s : float
        How long it takes at least, in seconds of the simulation.

    Raises
    ------
    ValueError
        `by_s` is not above 0.
    """

    source: str | Node
    target: str | Node
    by_s: float

    def __post_init__(self) -> None:
        if not self.by_s > 0:
            raise ValueError(f"by_s of a Delay is above 0, got {self.by_s}")


@dataclass(frozen=True, slots=True)
class LoseHost:
    """Several processes die at once, and with them goes the memory of their host: results that were there.

    Others take their places on other hosts. Who has such a result in hand goes on with it.

    Parameters
    ----------
    targets : sequence of str or Node
        The tasks that are on the host, such as ``"detector-1"``; a node stands for all of its tasks.
    at : int, default 0
        The message at which it happens: when the first of them that comes to it, or to a later one, is called
        for it.

    Raises
    ------
    ValueError
        `targets` is empty, or one name and no sequence; or `at` is negative.
    """

    targets: Sequence[str | Node]
    at: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.targets, (str, Node)) or not self.targets:
            raise ValueError(f"targets of a LoseHost are tasks and nodes, in a list, got {self.targets!r}")
        _check_count(self.at, 1)


Fault = Kill | Fail | Hang | Delay | LoseHost


def _check_count(at: int, times: int) -> None:
    if at < 0:
        raise ValueError(f"at is the number of a message, from 0, got {at}")
    if times < 1:
        raise ValueError(f"times is at least 1, got {times}")
