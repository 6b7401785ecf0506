"""A folder of dead letters: one sub-folder for each run, two files for each letter."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from daskflow.deadletters.files import write_whole
from daskflow.deadletters.letter import DeadLetter
from daskflow.deadletters.naming import file_name
from daskflow.deadletters.payload import with_payload
from daskflow.deadletters.unpickling import Classes, unpickled
from daskflow.errors import DeadLetterError

logger = logging.getLogger("daskflow.deadletters")

REPLAYED = "replayed"
"""Sub-folder of the letters that were fed back; a folder of letters itself."""

FORMAT = 1
"""Of the JSON part; one of another number is not read."""


class DeadLetterFolder:
    """Keeps messages that were given up, each with its inputs, until somebody removes them.

    Parameters
    ----------
    path : str or os.PathLike
        Made with the first letter if it is missing.

    Notes
    -----
    A letter is as big as its inputs: a folder grows by 6 MB for each full-HD frame that is given up, and
    nothing limits how many there are.

    Each letter is a JSON file, which says what, where and why, beside a pickle of its inputs. Only `inputs`
    reads the pickle, and that may execute whatever was put into it: read those of people you trust. All
    files can be read by their owner only.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()

    def put(
        self, letter: DeadLetter, inputs: Sequence[tuple[Any, Mapping[Any, Any]]] | None = None
    ) -> DeadLetter:
        """Keep a letter; one of the same run, node and number is replaced.

        Parameters
        ----------
        letter : DeadLetter
            What is known.
        inputs : sequence of (value, metadata), optional
            One for each parent; none for a producer, or where they are lost. Arrays are copied. Where they
            cannot be pickled, the letter is kept without them and says why.

        Returns
        -------
        DeadLetter
            As it was written: with descriptions of its inputs, and the reason if it has no payload.

        Raises
        ------
        DeadLetterError
            It cannot be written, for want of room or permission.
        """
        letter, payload = with_payload(letter, inputs or ())
        self.keep(letter, payload)
        return letter

    def keep(self, letter: DeadLetter, payload: bytes | None) -> None:
        """Keep a letter with its inputs as they are pickled already; see `put`.

        Parameters
        ----------
        letter : DeadLetter
            What is known.
        payload : bytes or None
            The inputs, pickled; None where they are lost.

        Raises
        ------
        DeadLetterError
            It cannot be written, for want of room or permission.
        """
        if payload is None and not letter.no_payload:
            letter = replace(letter, no_payload="its inputs were lost")
        content = json.dumps({"format": FORMAT, **letter.to_dict()}, indent=1).encode()
        try:
            if payload is not None:
                write_whole(self._payload_file(letter), payload)
            write_whole(self._file(letter), content)  # last: the letter is there when this is
            if payload is None:
                self._payload_file(letter).unlink(missing_ok=True)
        except OSError as error:
            raise DeadLetterError(
                f"dead letter {letter.id} cannot be written to {self.path}: {error.strerror or error}"
            ) from error

    def letters(self, node: str | None = None, run_id: str | None = None) -> Iterator[DeadLetter]:
        """What is there, sorted by run, node and number; broken files are skipped with a warning.

        Parameters
        ----------
        node, run_id : str, optional
            Only those of this node, and of this run.

        Raises
        ------
        DeadLetterError
            The folder cannot be read. One that is missing has no letters.
        """
        for run in self._listed(self.path):
            if run.name == REPLAYED or not run.is_dir():
                continue
            if run_id is not None and run.name != file_name(run_id):
                continue
            files = [path for path in self._listed(run) if path.suffix == ".json" and path.name[0] != "."]
            found = [letter for path in files if (letter := self._read(path)) is not None]
            for letter in sorted(found, key=lambda letter: (letter.node, letter.number)):
                if node is None or letter.node == node:
                    yield letter

    def inputs(self, letter: DeadLetter, classes: Classes | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """The inputs of a letter, value and metadata for each parent.

        Parameters
        ----------
        letter : DeadLetter
            One of this folder.
        classes : mapping, optional
            Classes to take instead of those that were pickled with their code; see
            ``daskflow.deadletters.unpickling``.

        Raises
        ------
        DeadLetterError
            It has none, or they cannot be read.
        """
        if letter.no_payload:
            raise DeadLetterError(f"dead letter {letter.id} has no inputs: {letter.no_payload}")
        path = self._payload_file(letter)
        try:
            inputs: list[tuple[Any, dict[str, Any]]] = unpickled(path.read_bytes(), classes)
        except Exception as error:  # whatever unpickling raises
            words = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            raise DeadLetterError(f"{path} cannot be read: {words}") from error
        return inputs

    def payload_size_bytes(self, letter: DeadLetter) -> int | None:
        """How big the inputs of `letter` are on disk, in bytes; None where they are not there."""
        try:
            return self._payload_file(letter).stat().st_size
        except OSError:
            return None

    def set_aside(self, letters: Iterable[DeadLetter]) -> None:
        """Move letters to the sub-folder ``replayed``, which is a folder of letters like this one.

        Parameters
        ----------
        letters : iterable of DeadLetter
            Of this folder.

        Raises
        ------
        DeadLetterError
            One cannot be moved.
        """
        there = DeadLetterFolder(self.path / REPLAYED)
        for letter in letters:
            try:
                there._file(letter).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.replace(self._file(letter), there._file(letter))
                if letter.has_payload:
                    os.replace(self._payload_file(letter), there._payload_file(letter))
            except OSError as error:
                raise DeadLetterError(
                    f"dead letter {letter.id} cannot be moved to {there.path}: {error.strerror or error}"
                ) from error
            with contextlib.suppress(OSError):
                self._file(letter).parent.rmdir()  # with its last letter

    def _file(self, letter: DeadLetter) -> Path:
        return self.path / f"{letter.id}.json"

    def _payload_file(self, letter: DeadLetter) -> Path:
        return self.path / f"{letter.id}.pickle"

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DeadLetterError(f"{folder} cannot be read: {error.strerror or error}") from error

    def _read(self, path: Path) -> DeadLetter | None:
        try:
            found = json.loads(path.read_bytes())
            if found["format"] != FORMAT:
                raise ValueError(f"it has format {found['format']!r}, expected {FORMAT}")
            letter = DeadLetter.from_dict(found)
            if self._file(letter) != path:
                raise ValueError(f"it was {letter.id} and has been renamed")
        except FileNotFoundError:
            return None  # moved meanwhile
        except (OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("%s is no dead letter and is skipped: %s: %s", path, type(error).__name__, error)
            return None
        return letter
