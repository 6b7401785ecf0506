"""Where the files of a run are: its directories, and how they are named."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")

PREFIX = "daskflow-"
"""How the names of a run's directories begin; the run's id follows."""


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """The directories of one run on one host, readable by its user alone.

    Whoever started the run removes them; where it is on hosts of others, see
    `daskflow.transport.far.presence`.

    Attributes
    ----------
    memory : pathlib.Path
        In shared memory where the machine has it: slots, and the socket of the ledger.
    disk : pathlib.Path
        In the temp directory: slots that found no room in `memory`, and the workers' scratch files.
    """

    memory: Path
    disk: Path

    @classmethod
    def of_run(cls, run_id: str, host: str = "") -> RunPlaces:
        """The places of a run, which need not exist yet.

        Parameters
        ----------
        run_id : str
            Of the run.
        host : str
            Whose places these are, as `daskflow.transport.hosts.host_tag` says, where the run may be on
            several. Hosts with one shared memory have different places in it.
        """
        name = f"{PREFIX}{run_id}@{host}" if host else f"{PREFIX}{run_id}"
        disk = Path(tempfile.gettempdir()) / name
        usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK | os.X_OK)
        return cls(SHARED_MEMORY / name if usable else disk, disk)

    def create(self) -> None:
        """Make the directories, for this user only."""
        for place in self.both:
            place.mkdir(mode=0o700)

    @property
    def both(self) -> tuple[Path, ...]:
        """The directories, the faster first, each once."""
        return (self.memory,) if self.memory == self.disk else (self.memory, self.disk)

    @property
    def socket(self) -> Path:
        """The ledger's UNIX socket; in shared memory, since such paths must be short."""
        return self.memory / "ledger"

    def slots_in(self, place: Path) -> list[int]:
        """The slots that have a file in one of the places."""
        return [int(path.name.removeprefix("slot-"), 16) for path in place.glob("slot-*")]

    def slot_file(self, place: Path, slot: int) -> Path:
        """The file of a slot in one of the places."""
        return place / f"slot-{slot:x}"
