"""Where the scheduler of a run is, told to other programs of the same user on this machine."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from daskflow.transport.places import PREFIX, SHARED_MEMORY, RunPlaces

_FILE = "scheduler"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A run that was found.

    Attributes
    ----------
    run_id : str
        Which.
    address : str
        Of its scheduler, for a Dask client.
    """

    run_id: str
    address: str


def announce(places: RunPlaces, address: str) -> None:
    """Leave the address of a run's scheduler among its files, for its user only; it goes with them.

    The file is one that ``distributed.Client(scheduler_file=...)`` takes.

    Raises
    ------
    OSError
        It cannot be written.
    """
    path = places.memory / _FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump({"type": "Scheduler", "address": address}, file)


def announced() -> list[Announcement]:
    """Runs of this user on this machine, by age; of one whose program was killed something may be left.

    What is not this user's own is passed over: anybody may put folders beside those of runs.
    """
    return [announcement for _, announcement in sorted(_found(), key=lambda found: found[0])]


def _found() -> Iterator[tuple[float, Announcement]]:
    roots = {SHARED_MEMORY, Path(tempfile.gettempdir())}
    for folder in sorted(path for root in roots for path in root.glob(f"{PREFIX}*")):
        path = folder / _FILE
        try:
            if _is_own(folder, stat.S_ISDIR) and _is_own(path, stat.S_ISREG):
                address = str(json.loads(path.read_text())["address"])
                run_id = folder.name.removeprefix(PREFIX)
                yield path.stat().st_mtime, Announcement(run_id, address)
        except (OSError, ValueError, TypeError, KeyError):
            continue  # it has just ended, or just begins


def _is_own(path: Path, is_kind: Callable[[int], bool]) -> bool:
    status = os.lstat(path)  # links are not followed
    return status.st_uid == os.geteuid() and is_kind(status.st_mode)
