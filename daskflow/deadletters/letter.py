"""What is known of a message that was given up, without its payload."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from daskflow.deadletters.naming import letter_id


@dataclass(frozen=True, slots=True)
class InputDescription:
    """What one input was.

    Attributes
    ----------
    type : str
        Name of its class.
    shape : tuple of int or None
        Of an array.
    dtype : str or None
        Of an array.
    length : int or None
        Of anything else that has one, such as a list.
    metadata_keys : tuple of str
        What was said about it.
    """

    type: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    length: int | None = None
    metadata_keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = self.type
        if self.shape is not None:
            words += f" {'×'.join(map(str, self.shape)) or 'of no dimension'}"
        if self.dtype is not None:
            words += f" {self.dtype}"
        if self.length is not None:
            words += f" of {self.length}"
        return words + (f"; metadata: {', '.join(self.metadata_keys)}" if self.metadata_keys else "")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up: what it was, where, and why.

    Attributes
    ----------
    flow_name, run_id : str
        The flow, and the execution of it.
    node, task : str
        Names of the node and of its task, such as ``"detector"`` and ``"detector-1"``.
    number : int
        The message's sequence number.
    method : str
        The method that raised, ``"next"``, ``"process"`` or ``"consume"``, or in words what was being done
        for the node, such as ``"unpickling an input"``.
    error : str
        What went wrong, in one line.
    traceback : str
        Empty where there is none, as when the message killed its worker.
    time_s : float
        When, in seconds since the epoch.
    inputs : tuple of InputDescription
        One for each parent; `DeadLetterFolder.put` fills it in.
    no_payload : str
        Why the inputs themselves are not kept; empty where they are. `DeadLetterFolder.put` fills it in
        unless it is given the reason here.
    """

    flow_name: str
    run_id: str
    node: str
    task: str
    number: int
    method: str
    error: str
    traceback: str
    time_s: float
    inputs: tuple[InputDescription, ...] = ()
    no_payload: str = ""

    @property
    def id(self) -> str:
        """Unique in a folder: run, node and message, such as ``"3fa2c1d4e5b6/detector-17"``."""
        return letter_id(self.run_id, self.node, self.number)

    @property
    def has_payload(self) -> bool:
        """Whether its inputs are kept, so that it can be fed back."""
        return not self.no_payload

    def to_dict(self) -> dict[str, Any]:
        """The letter in words and numbers that JSON knows."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> DeadLetter:
        """The letter that `to_dict` made a dictionary of.

        Parameters
        ----------
        found : dict
            What `to_dict` returned, as JSON has brought it back.

        Raises
        ------
        KeyError, TypeError, ValueError
            Something is missing, or not what it should be.
        """
        inputs = tuple(_description(part) for part in found["inputs"])
        letter = cls(**{**{field.name: found[field.name] for field in fields(cls)}, "inputs": inputs})
        for field, kind in (("number", int), ("time_s", (int, float))):
            if not isinstance(found[field], kind):
                raise TypeError(f"{field} is {found[field]!r}")
        for field in ("flow_name", "run_id", "node", "task", "method", "error", "traceback", "no_payload"):
            if not isinstance(found[field], str):
                raise TypeError(f"{field} is {found[field]!r}")
        return letter


def _description(found: dict[str, Any]) -> InputDescription:
    shape, keys = found["shape"], found["metadata_keys"]
    return InputDescription(
        found["type"], None if shape is None else tuple(shape), found["dtype"], found["length"], tuple(keys)
    )
