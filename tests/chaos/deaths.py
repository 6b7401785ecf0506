"""Nodes that kill their own process, once, at a named point of the life of a message."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from daskflow import ConsumerNode, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.runtime.session import Session

POINTS = ("before lease", "in call", "before commit", "after commit", "in close")


class Mortal:
    """Dies at a point, unless a process before it has.

    Attributes
    ----------
    folder : str
        Where the deaths are noted.
    point : str
        One of `POINTS`.
    at : int
        The message.
    """

    folder: str
    point: str
    at: int

    def will_die(self, folder: Path, point: str, at: int) -> Any:
        """Say when; returns the node."""
        self.folder, self.point, self.at = str(folder), point, at
        return self

    def open(self, ctx: Any) -> None:
        self._name = ctx.node_name
        if self.point == "before lease":
            _before(Session, "next_lease", lambda *_: self._die_if(ctx.sequence_number == self.at))
            _before(Session, "wait_for_room", lambda _, number: self._die_if(number == self.at))
        elif self.point == "before commit":
            _before(Session, "report", lambda _, number, *rest: self._die_if(number == self.at))
        elif self.point == "after commit":
            report = Session.report

            def report_and_die(session: Any, number: int, *rest: Any) -> None:
                report(session, number, *rest)
                if number == self.at:
                    session._send()
                    self._die_if(True)

            Session.report = report_and_die  # type: ignore[method-assign]

    def called(self, number: int) -> None:
        """To be called by each call of the node."""
        self._die_if(self.point == "in call" and number == self.at)

    def close(self) -> None:
        self._die_if(self.point == "in close")

    def _die_if(self, is_time: bool) -> None:
        if not is_time:
            return
        try:
            os.close(os.open(Path(self.folder, f"{self._name} died"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str, call: Any) -> None:
    original = getattr(owner, name)

    def both(*values: Any) -> Any:
        call(*values)
        return original(*values)

    setattr(owner, name, both)


class Counts(Mortal, ProducerNode):
    """Gives 0, 1, 2, ... and can begin anywhere."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self._next = 0

    def seek(self, sequence: int) -> None:
        self._next = sequence

    def next(self) -> int:
        if self._next == self._count:
            raise StopIteration
        self.called(self._next)
        self._next += 1
        return self._next - 1


class Doubles(Mortal, ProcessorNode):
    def process(self, value: int) -> int:
        self.called(value)
        return 2 * value


class Sums(Mortal, OneTaskProcessorNode):
    """The sum so far: a wrong one shows each message that was forgotten or counted twice."""

    def __init__(self) -> None:
        super().__init__(snapshot_every=7)
        self._sum = 0

    def process(self, value: int) -> int:
        self.called(value)
        self._sum += value
        return self._sum

    def snapshot(self) -> int:
        return self._sum

    def restore(self, state: int) -> None:
        self._sum = state


class Joins(Mortal, ProcessorNode):
    def process(self, value: int, doubled: int, total: int) -> tuple[int, int, int]:
        self.called(value)
        return value, doubled, total


class Writes(Mortal, ConsumerNode):
    """Writes a line for each message, to a file in the folder."""

    def consume(self, values: tuple[int, int, int]) -> None:
        self.called(values[0])
        with open(Path(self.folder, "lines"), "a") as file:
            file.write(f"{values}\n")
