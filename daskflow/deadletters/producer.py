"""A producer that gives stored messages again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.deadletters.folder import DeadLetterFolder
from daskflow.deadletters.letter import DeadLetter
from daskflow.deadletters.unpickling import Classes


class LetterProducer(ProducerNode):
    """Gives one input of each of some dead letters, with its metadata; takes a parent's place in a replay.

    Parameters
    ----------
    folder : DeadLetterFolder
        Where the letters are; read in the producer's worker, one letter at a time.
    letters : sequence of DeadLetter
        Which ones, in this order.
    index : int
        Which of their inputs.
    classes : mapping
        As for `DeadLetterFolder.inputs`.
    name : str
        Unique in the flow.
    """

    def __init__(
        self,
        folder: DeadLetterFolder,
        letters: Sequence[DeadLetter],
        index: int,
        classes: Classes,
        name: str,
    ) -> None:
        super().__init__(name)
        self._folder = folder
        self._letters = tuple(letters)
        self._index = index
        self._classes = classes
        self.length = len(self._letters)

    def next(self, ctx: Context) -> Any:
        """Return the next value as it was stored; its metadata go with it."""
        number = ctx.sequence_number
        assert number is not None
        if number >= len(self._letters):
            raise StopIteration
        value, metadata = self._folder.inputs(self._letters[number], self._classes)[self._index]
        ctx.metadata.update(metadata)
        return value
