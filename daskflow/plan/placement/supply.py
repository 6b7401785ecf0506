"""The workers that tasks want, and the command lines that start them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from daskflow.plan.placement.needs import Need

SCHEDULER = "tcp://SCHEDULER:8786"
"""Stands for the address of a scheduler that is not known."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Workers that are alike, with one thread each.

    Attributes
    ----------
    count : int
        How many.
    resources : tuple of (str, float)
        Dask's, of each.
    memory_bytes : int
        How much memory of its own a task may take; 0 where nobody said.
    host : str
        Where they are to run; empty where that does not matter.
    name : str
        What they are to be called; empty where that does not matter.
    """

    count: int
    resources: tuple[tuple[str, float], ...] = ()
    memory_bytes: int = 0
    host: str = ""
    name: str = ""

    @property
    def options(self) -> list[str]:
        """Of ``dask worker``, besides their number."""
        said = ["--nthreads", "1"]
        if self.resources:
            said += ["--resources", self.resource_words]
        if self.memory_bytes:
            said += ["--memory-limit", self.memory_words]
        if self.name:
            said += ["--name", self.name]
        return said

    @property
    def resource_words(self) -> str:
        """Their resources as ``dask worker`` takes them."""
        return " ".join(f"{tag}={n:g}" for tag, n in self.resources)

    @property
    def memory_words(self) -> str:
        """Their memory as Dask takes it."""
        for unit, size_bytes in (("GB", 10**9), ("MB", 10**6)):
            if self.memory_bytes % size_bytes == 0:
                return f"{self.memory_bytes // size_bytes}{unit}"
        return str(self.memory_bytes)

    def command(self, scheduler: str = SCHEDULER) -> str:
        """The command line that starts them, with where."""
        return f"{self.line(scheduler)}  # on {self.host}" if self.host else self.line(scheduler)

    def line(self, scheduler: str) -> str:
        """The command line that starts them, wherever it is called."""
        return f"dask worker {scheduler} --nworkers {self.count} {quoted(self.options)}"


def supplies_for(needs: Iterable[Need], known_names: frozenset[str] = frozenset()) -> list[Supply]:
    """The workers that would be enough for tasks, one for each; those that may be anywhere come first.

    Parameters
    ----------
    needs : iterable of Need
        Of each task.
    known_names : frozenset of str
        Names and addresses of workers that are there: no second one can have them.
    """
    counts: dict[Supply, int] = {}
    used = set(known_names)
    for need in needs:
        name = next((name for name in need.workers if name not in used and "://" not in name), "")
        if need.workers and not name:
            continue  # all that it would be content with are there, or cannot be asked for
        used.add(name)
        host = need.hosts[0] if need.hosts else ""
        kind = Supply(1, need.resources, need.memory_bytes, host, name)
        counts[kind] = counts.get(kind, 0) + 1
    found = [
        Supply(count, kind.resources, kind.memory_bytes, kind.host, kind.name)
        for kind, count in counts.items()
    ]
    return sorted(found, key=lambda each: (each.host, each.name, each.resources))


def quoted(words: Iterable[str]) -> str:
    """Words of a command line, in double quotes where a shell would take them apart or for something else."""
    return " ".join(
        f'"{word}"' if "=" in word and shlex.quote(word) in (word, f"'{word}'") else shlex.quote(word)
        for word in words
    )
