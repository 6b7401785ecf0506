"""A sweep's folder: what it is, and a line for each trial that is done, so that it can go on."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from daskflow.errors import ResultsError, SweepError
from daskflow.experiments.analysis.results import trial_of
from daskflow.experiments.sweeps.description import IDENTITY, Description
from daskflow.experiments.sweeps.trial import Record

logger = logging.getLogger("daskflow.experiments")

DESCRIPTION = "sweep.json"
TRIALS = "trials.jsonl"


class Journal:
    """The records of a sweep in a folder, added to by one process at a time. Made by `opened`.

    Attributes
    ----------
    description : Description
        What the folder says of the sweep.
    records : list of Record
        Of the trials that were done before.
    """

    def __init__(self, file: IO[bytes], description: Description, records: list[Record]) -> None:
        self._file = file
        self.description = description
        self.records = records

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, description: Description) -> Iterator[Journal]:
        """Open the folder of a sweep, which is made if it does not exist.

        Raises
        ------
        SweepError
            It is the folder of another sweep, of one that runs at the moment, or cannot be read or written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / TRIALS).open("a+b")
        except OSError as error:
            raise SweepError(f"{folder} cannot be a sweep's folder: {error.strerror or error}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
            except BlockingIOError as error:
                raise SweepError(
                    f"somebody else runs the sweep of {folder} at the moment: wait for it, or end it"
                ) from error
            records, whole = _whole_lines(file, folder / TRIALS)
            description = _agreed(folder, description, has_records=bool(records))
            file.truncate(whole)  # else the next record would stand behind what was half written
            write_json(folder / DESCRIPTION, description)
            yield cls(file, description, records)

    def add(self, record: Record) -> None:
        """Keep the record of a trial; it is on the disk when this returns."""
        line = json.dumps(record, ensure_ascii=False)
        # Names of files may have what UTF-8 has not; so written, JSON gives it back.
        self._file.write(line.encode(errors="backslashreplace") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write a file of JSON, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _whole_lines(file: IO[bytes], path: Path) -> tuple[list[Record], int]:
    """The records of a journal, and how many bytes they are; what comes behind was half written."""
    file.seek(0)
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    records: dict[int, Record] = {}
    for place, line in enumerate(whole.split(b"\n"), 1):
        try:
            if line.strip():
                record = trial_of(line, path, place)
                records[record["trial"]] = dict(record)
        except ResultsError as error:
            raise SweepError(f"{error}. Remove the line, and its trial is run again") from error
    return list(records.values()), len(whole)


def _agreed(folder: Path, new: Description, *, has_records: bool) -> Description:
    """What the folder says, if that is the same sweep; else it is refused."""
    path = folder / DESCRIPTION
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(old, dict):
            raise ValueError("it is no JSON object")
    except FileNotFoundError:
        if has_records:
            raise SweepError(f"{folder} has trials but no {DESCRIPTION}: use another folder") from None
        return new
    except (OSError, ValueError) as error:
        raise SweepError(f"{path} cannot be read ({error}): use another folder") from error
    for key in IDENTITY:
        mine, theirs = _told(new, key), _told(old, key)
        if mine != theirs:
            raise SweepError(
                f"{folder} is the folder of another sweep, whose {key} is {_short(theirs)}, and here it is "
                f"{_short(mine)}: use another folder, or remove that one"
            )
    changes = [
        change
        for key in ("machine", "versions", "commit", "options")
        for change in _changes(key, old.get(key), new[key])
    ]
    if changes:
        logger.warning(
            "%s was begun otherwise, and its trials and the new ones may differ for that alone: %s",
            folder,
            "; ".join(changes),
        )
    return {**old, "repeats": max(old.get("repeats", 0), new["repeats"])}


def _changes(what: str, old: Any, new: Any) -> list[str]:
    """What is not as it was, each in words."""
    if old == new:
        return []
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [f"{what} was {_short(old)}, and is {_short(new)} now"]
    keys = dict.fromkeys([*old, *new])
    return [change for key in keys for change in _changes(f"{what}.{key}", old.get(key), new.get(key))]


def _told(description: Description, key: str) -> Any:
    if key == "limits":
        options = description.get("options", {})
        return {limit: options.get(limit) for limit in ("messages", "duration_s")}
    if key == "grid":  # in order, since trials are numbered by it
        return list(description.get("grid", {}).items())
    return description.get(key)


def _short(value: Any) -> str:
    text = json.dumps(
        dict(value) if isinstance(value, list) and value and isinstance(value[0], tuple) else value
    )
    return text if len(text) <= 200 else f"{text[:197]}..."
