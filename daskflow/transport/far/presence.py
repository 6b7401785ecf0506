"""Who of a run is on a host: while anybody is, its places stay; when nobody has been for a while, they go."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from daskflow.transport.far.lone_process import start_alone
from daskflow.transport.places import RunPlaces

GRACE_S = 30.0
"""How long the places stay without anybody: a worker that died comes again."""

_HERE, _JANITOR = "here", "janitor"
"""Files in the places: who is here has a shared lock on the one, the janitor one of its own on the other."""

_TRIES = 100  # to arrive while others remove

# Waits without looking until nobody is here, then for a while. Whoever arrives touches the file, so that one
# who came and went meanwhile counts too. It has what it needs open and imported, and keeps no folder in use.
_SCRIPT = """
import fcntl, os, shutil, sys, time
lock, grace_s, places = int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
os.chdir("/")
while True:
    fcntl.flock(lock, fcntl.LOCK_EX)
    found = os.fstat(lock)
    if not found.st_nlink or time.time() - found.st_mtime >= grace_s:
        break
    fcntl.flock(lock, fcntl.LOCK_UN)
    time.sleep(min(max(0.05, grace_s - (time.time() - found.st_mtime)), 1.0))  # others may remove them too
if found.st_nlink:
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
"""


@dataclass(slots=True)
class _Stay:
    places: RunPlaces
    lock: int
    started: list[subprocess.Popen[bytes]]
    """Processes that go with the places."""


_stays: dict[str, _Stay] = {}
"""Of this process, by run id and host."""

_changing = threading.Lock()


_left_alone: list[subprocess.Popen[bytes]] = []
"""Those that this process has started and does not wait for."""


def arrive(run_id: str, host: str, grace_s: float = GRACE_S, *, is_first: bool = True) -> RunPlaces:
    """The places of a run on this host, which stay for as long as this process lives and is not told to go.

    The first who comes makes them, and starts the janitor: a process of its own, since nobody else here may
    be left to do it. A process that comes a second time is told the same.

    Parameters
    ----------
    run_id, host : str
        The run and this host, as `daskflow.transport.hosts.host_tag` says.
    grace_s : float
        How long the places stay when nobody is here, in seconds.
    is_first : bool
        Make them if they are not there.

    Raises
    ------
    FileNotFoundError
        There are none, and none were to be made.
    OSError
        They cannot be made.
    """
    with _changing:
        stay = _stays.get(f"{run_id}@{host}")
        if stay is None:
            places = RunPlaces.of_run(run_id, host)
            lock = _taken(places, is_first=is_first)
            janitor = _janitor(places, grace_s)
            started = [] if janitor is None else [janitor]
            stay = _stays[f"{run_id}@{host}"] = _Stay(places, lock, started)
        return stay.places


def accompany(run_id: str, host: str, start: Callable[[RunPlaces], subprocess.Popen[bytes] | None]) -> None:
    """Start a process that goes when the places go; not where this process is here no more.

    Parameters
    ----------
    run_id, host : str
        As for `arrive`.
    start : callable
        Starts it, unless another here has. By itself it ends when the places are gone.
    """
    with _changing:
        stay = _stays.get(f"{run_id}@{host}")
        process = None if stay is None else start(stay.places)
        if stay is not None and process is not None:
            stay.started.append(process)


def depart(run_id: str, host: str) -> None:
    """Be here no more, and leave the places to who still is, or to the janitor; nothing if we were not."""
    with _changing:
        stay = _stays.pop(f"{run_id}@{host}", None)
        if stay is not None:
            os.close(stay.lock)
            _left_alone[:] = [process for process in (*_left_alone, *stay.started) if process.poll() is None]


def leave(run_id: str, host: str) -> None:
    """Remove the places of a run on this host at once, whoever is here; nothing if there are none."""
    with _changing:
        stay = _stays.pop(f"{run_id}@{host}", None)
        places = RunPlaces.of_run(run_id, host) if stay is None else stay.places
        for place in places.both:
            shutil.rmtree(place, ignore_errors=True)
        if stay is not None:
            os.close(stay.lock)
            for process in stay.started:
                process.kill()  # there is nothing left for it to do
                process.wait()


def places_here(run_id: str, host: str) -> RunPlaces | None:
    """The places of a run on this host, if there are any."""
    places = RunPlaces.of_run(run_id, host)
    return places if places.memory.is_dir() else None


def _taken(places: RunPlaces, *, is_first: bool) -> int:
    """A shared lock that says that this process is here; the places are there then."""
    for _ in range(_TRIES):
        for place in places.both:
            if is_first:
                place.mkdir(mode=0o700, exist_ok=True)
            _check_own(place)
        path = places.memory / _HERE
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(lock, fcntl.LOCK_SH)  # waits for a janitor that is just removing it
            if os.fstat(lock).st_nlink and all(place.is_dir() for place in places.both):
                os.utime(lock)
                return lock
            os.close(lock)
    raise FileNotFoundError(f"{places.memory} is removed again and again")


def _check_own(place: Path) -> None:
    """Refuse a folder of somebody else, who may have put it there: run ids are secret, but not for ever."""
    found = os.lstat(place)
    if found.st_uid != os.geteuid() or place.is_symlink():
        raise PermissionError(f"{place} is not this user's own")


def _janitor(places: RunPlaces, grace_s: float) -> subprocess.Popen[bytes] | None:
    """A janitor, if there is none that lives."""
    own, here = places.memory / _JANITOR, places.memory / _HERE
    return start_alone(_SCRIPT, own, str(grace_s), *map(str, places.both), others=(here,))
