"""Dead letters as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from daskflow.cli.complaints import UsageProblem, harmless
from daskflow.deadletters import DeadLetter, DeadLetterError, DeadLetterFolder, chosen_letters
from daskflow.plan.table import text_table
from daskflow.runtime.failure import METHODS

WIDEST_ERROR = 100
"""Characters of an error in a table; all of it is said when the letter is shown."""


@contextmanager
def refusing() -> Iterator[None]:
    """Say what is wrong with letters as the command line says it."""
    try:
        yield
    except DeadLetterError as error:
        raise UsageProblem(str(error)) from error


def existing_folder(path: Path) -> DeadLetterFolder:
    """The folder of letters at a path.

    Raises
    ------
    UsageProblem
        There is none.
    """
    if not path.is_dir():
        raise UsageProblem(f"{path} is no folder" if path.exists() else f"there is no folder {path}")
    return DeadLetterFolder(path)


def letters_of(path: Path, node: str | None = None, ids: Sequence[str] = ()) -> list[DeadLetter]:
    """The letters in a folder; of one node, or with these ids, where that is asked for.

    Raises
    ------
    UsageProblem
        There is no such folder, node or letter.
    """
    with refusing():
        return chosen_letters(existing_folder(path).letters(), node=node, ids=ids)


def one_letter(path: Path, name: str) -> DeadLetter:
    """The letter with this id; raises as `letters_of` does."""
    (letter,) = letters_of(path, ids=[name])
    return letter


def letters_text(path: Path, node: str | None) -> str:
    """A table with a line for each letter."""
    letters = letters_of(path, node)
    if not letters:
        return f"no dead letters in {path}"
    rows = [
        [letter.id, letter.node, letter.task, str(letter.number), _when(letter), _short(letter.error)]
        for letter in letters
    ]
    return text_table(["id", "node", "task", "message", "when", "error"], rows)


def letter_text(path: Path, letter: DeadLetter) -> str:
    """All that is known of a letter."""
    method = f"{letter.method}()" if letter.method in METHODS else letter.method
    size_bytes = DeadLetterFolder(path).payload_size_bytes(letter)
    inputs = f"kept, {size_bytes / 1e6:.2f} MB" if size_bytes is not None else "missing: their file is gone"
    lines = {
        "letter": letter.id,
        "flow": letter.flow_name,
        "node": letter.node,
        "task": letter.task,
        "message": str(letter.number),
        "when": _when(letter),
        "in": method,
        "error": harmless(letter.error),
        **{f"input {i}": str(description) for i, description in enumerate(letter.inputs)},
        "inputs": inputs if letter.has_payload else f"not kept: {letter.no_payload}",
    }
    width = max(map(len, lines))
    text = "\n".join(f"{name:{width}}  {said}" for name, said in lines.items())
    return f"{text}\n\n{harmless(letter.traceback).rstrip()}" if letter.traceback else text


def _when(letter: DeadLetter) -> str:
    return datetime.fromtimestamp(letter.time_s).isoformat(" ", "seconds")


def _short(error: str) -> str:
    line = " ".join(harmless(error).split())
    return line if len(line) <= WIDEST_ERROR else line[: WIDEST_ERROR - 1] + "…"
