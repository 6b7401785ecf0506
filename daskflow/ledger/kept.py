"""The inputs of what a durable node has finished: its results can be made again of them."""

from __future__ import annotations

from daskflow.ledger.messages import Payload

MOST_TRIES = 3
"""A result that was made again so often, and was lost each time, is not made once more."""


class Kept:
    """Holds the inputs of a node's finished numbers, as long as its results may have to be made again.

    A number is *asked for* from when a reader misses the result until there is another one. It is *due* when
    its inputs are all there: then it is leased to a task of the node like any other.
    """

    __slots__ = ("asked", "due", "inputs", "tries")

    def __init__(self) -> None:
        self.inputs: dict[int, list[Payload | None]] = {}
        """By number, the payload from each edge; None where it is lost, and may be made again itself."""
        self.asked: set[int] = set()
        self.due: list[int] = []  # heap; may name numbers that nobody asks for any more, and some twice
        self.tries: dict[int, int] = {}
        """How often a result was made again."""

    def __len__(self) -> int:
        return len(self.inputs)

    def is_whole(self, number: int) -> bool:
        """Whether all inputs of a number are there."""
        inputs = self.inputs.get(number)
        return inputs is not None and None not in inputs

    def forget(self, number: int) -> list[Payload]:
        """Keep the inputs of a number no longer; returns what was held."""
        self.asked.discard(number)
        self.tries.pop(number, None)
        return [payload for payload in self.inputs.pop(number) if payload is not None]
