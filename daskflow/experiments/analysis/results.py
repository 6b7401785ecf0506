"""The folder of a sweep: what was run, and its trials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from daskflow.errors import ResultsError
from daskflow.experiments.analysis.metrics import Record

ABOUT, TRIALS = "sweep.json", "trials.jsonl"
"""Files of a folder: what was run where, and a line for each trial that is over."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a folder says.

    Attributes
    ----------
    folder : pathlib.Path
        Which.
    about : mapping of str to object
        Name, grid, repeats, machine, versions and so on, as in ``sweep.json``.
    records : tuple of mapping
        The trials, in the order of the grid.
    """

    folder: Path
    about: Mapping[str, Any]
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """What the sweep is called; the folder's name where it has none."""
        return str(self.about.get("name") or self.folder.resolve().name)

    @property
    def nb_planned(self) -> int | None:
        """How many trials there are to be; None where that is not said."""
        grid, repeats = self.part("grid"), self.about.get("repeats")
        if not grid or not isinstance(repeats, int):
            return None
        return prod(len(values) for values in grid.values()) * repeats

    def part(self, name: str) -> dict[str, Any]:
        """The part `name` of `about` that says several things, as ``"machine"`` does; empty if it is none."""
        part = self.about.get(name)
        return dict(part) if isinstance(part, Mapping) else {}


def read_results(folder: str | Path) -> Results:
    """Read the folder of a sweep, which may still be under way or have been interrupted.

    Of a trial that was run again, because it had failed, the last line counts. A last line that was not
    written to its end is passed over.

    Parameters
    ----------
    folder : str or pathlib.Path
        What a sweep has written.

    Returns
    -------
    Results
        Frozen; what is written later is not in it.

    Raises
    ------
    ResultsError
        There is no such folder, a file of it is missing, or says what no sweep writes.
    """
    folder = Path(folder)
    about = _json(folder / ABOUT, _text(folder / ABOUT))
    if not isinstance(about, Mapping):
        raise ResultsError(f"{folder / ABOUT} is not a JSON object; it was not written by a sweep")
    return Results(folder, about, _records(folder / TRIALS))


def _records(file: Path) -> tuple[Record, ...]:
    text = _text(file)
    lines = text.split("\n")
    if lines[-1]:
        lines.pop()  # the writer was killed in it, or is still at it
    records: dict[Any, Record] = {}
    for number, line in enumerate(lines, 1):
        if line:
            record = trial_of(line, file, number)
            records[record["trial"]] = record
    return tuple(records[trial] for trial in sorted(records))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ResultsError(
            f"{file} cannot be read: {why}. A folder of results is what a sweep writes; it has the "
            f"files {ABOUT} and {TRIALS}"
        ) from error


def _json(file: Path, text: str | bytes, line: int | None = None) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        place = f"line {line} of {file}" if line else str(file)
        raise ResultsError(f"{place} is not JSON: {error}") from error


def trial_of(text: str | bytes, file: Path, line: int) -> Record:
    """The trial that a line of a file says.

    Raises
    ------
    ResultsError
        It is not JSON, or has not what every trial has; the message names file and line.
    """
    record = _json(file, text, line)
    expected = {"trial": int, "repeat": int, "settings": dict, "status": str}
    for key, kind in expected.items():
        if not isinstance(record, dict) or not isinstance(record.get(key), kind):
            got = repr(record.get(key)) if isinstance(record, dict) else repr(record)
            raise ResultsError(
                f"line {line} of {file} is no trial: its {key!r} should be of type {kind.__name__}, got {got}"
            )
    result: Record = record
    return result
