"""What happened in a simulated run, in order."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """One thing that happened.

    Attributes
    ----------
    time_s : float
        When, in seconds of the simulation.
    task : str
        To which task.
    number : int or None
        With which message; None outside of any.
    what : str
        What it was, in words.
    """

    time_s: float
    task: str
    number: int | None
    what: str

    def __str__(self) -> str:
        number = "" if self.number is None else f"{self.number} "
        return f"{self.time_s:10.6f} s  {self.task}: {number}{self.what}"


class Story(tuple[Event, ...]):
    """Events in order; printed, a line for each.

    Parameters
    ----------
    iterable : iterable of Event
        What happened.
    """

    __slots__ = ()

    def of(self, task: str | None = None, number: int | None = None) -> Story:
        """The part of the story that is about a task, or a message, or both.

        Parameters
        ----------
        task : str, optional
            Its name, such as ``"detector-1"``.
        number : int, optional
            The message's sequence number.
        """
        return Story(
            event
            for event in self
            if (task is None or event.task == task) and (number is None or event.number == number)
        )

    def __str__(self) -> str:
        return "\n".join(map(str, self))
