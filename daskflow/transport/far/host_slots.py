"""The slots of a run that have a file on this host: those of tasks here, and replicas of others."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import threading
from collections import OrderedDict
from pathlib import Path

from daskflow.errors import StoreFullError
from daskflow.ledger.slots import slot_owner
from daskflow.transport.far.trailer import NO_EDITION, PAGE, edition_of
from daskflow.transport.places import RunPlaces

MAPPINGS_KEPT = 512


class HostSlots:
    """Maps the slots of a run on this host, each once, and makes files for replicas. Used by any thread.

    A replica has the name of the slot that it is a copy of, and its size. Its file never gets smaller:
    who has it mapped would die of that. What it holds is given back by `drop`.

    Parameters
    ----------
    places : RunPlaces
        Of the run on this host.
    """

    def __init__(self, places: RunPlaces) -> None:
        self.places = places
        self._mappings: OrderedDict[int, mmap.mmap] = OrderedDict()
        self._lock = threading.Lock()

    def map(self, slot: int) -> mmap.mmap | None:
        """A slot's file with its trailer, writable; None if there is none here."""
        with self._lock:
            mapping = self._mappings.get(slot)
            if mapping is not None:
                self._mappings.move_to_end(slot)
                return mapping
            for place in self.places.both:
                mapping = _mapped(self.places.slot_file(place, slot))
                if mapping is not None:
                    self._mappings[slot] = mapping
                    if len(self._mappings) > MAPPINGS_KEPT:
                        self._mappings.popitem(last=False)
                    return mapping
            return None

    def edition(self, slot: int) -> int:
        """Which edition of a slot is here, whole; 0 if none is."""
        mapping = self.map(slot)
        return NO_EDITION if mapping is None else edition_of(mapping)

    def lock(self, slot: int, *, wait: bool = False) -> int | None:
        """A lock on the replica of a slot, as a descriptor to close; None where another has it.

        The kernel gives it back when its process dies. With `wait` it blocks until the other lets go.

        Raises
        ------
        OSError
            The run's folder is gone.
        """
        path = self.places.slot_file(self.places.memory, slot)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def replica(self, slot: int, capacity: int) -> mmap.mmap:
        """The file of a replica, made if it is not there. Called by who has its lock.

        Where shared memory has no room, what was locked stays there, empty, and the replica is on disk.

        Raises
        ------
        StoreFullError
            There is no room for it.
        """
        mapping = self.map(slot)
        if mapping is None:
            for place in self.places.both:
                if _allocated(self.places.slot_file(place, slot), capacity + PAGE):
                    break
            else:
                raise StoreFullError(
                    errno.ENOSPC,
                    f"no room for a payload of {capacity / 1e6:.1f} MB from another host in "
                    f"{' or '.join(map(str, self.places.both))}: give it more shared memory, free disk "
                    "space, or use a smaller queue_size",
                )
            mapping = self.map(slot)
        if mapping is None or len(mapping) != capacity + PAGE:
            raise FileNotFoundError(f"the replica of slot {slot:x} is of another size, or gone")
        return mapping

    def of_owner(self, task: int, incarnation: int) -> list[int]:
        """The slots here that a task's process owns."""
        found = {slot for place in self.places.both for slot in self.places.slots_in(place)}
        return [slot for slot in found if slot_owner(slot) == (task, incarnation)]

    def has_file(self, slot: int) -> bool:
        """Whether a slot has a file here."""
        return any(self.places.slot_file(place, slot).exists() for place in self.places.both)

    def drop(self, slot: int) -> None:
        """Remove a slot's file and give its memory back, although it may be mapped here or there.

        Who still looks into it, as only one does that was given up, then sees zeros.
        """
        mapping = self.map(slot)
        if mapping is not None:
            give_back(mapping)
        with self._lock:
            self._mappings.pop(slot, None)
        for place in self.places.both:
            self.places.slot_file(place, slot).unlink(missing_ok=True)

    def forget(self) -> None:
        """Let go of all mappings."""
        with self._lock:
            self._mappings.clear()


def give_back(mapping: mmap.mmap) -> None:
    """Give the memory behind a mapped file back to the system; it then reads as zeros."""
    with contextlib.suppress(OSError):  # a file system that makes no holes: with the last mapping, then
        mapping.madvise(mmap.MADV_REMOVE)


def _mapped(path: Path) -> mmap.mmap | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        return mmap.mmap(descriptor, size) if size > PAGE else None
    finally:
        os.close(descriptor)


def _allocated(path: Path, size: int) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        # Not ftruncate: on a full file system that succeeds, and the first write is a SIGBUS.
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        os.ftruncate(descriptor, 0)  # the lock of the one who asks is on it
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        return False
    finally:
        os.close(descriptor)
    return True
