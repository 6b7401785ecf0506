"""What a host is: who shares memory, and an address."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from distributed.comm.addressing import get_address_host

from daskflow.transport.places import SHARED_MEMORY

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def host_tag(address: str) -> str:
    """A short name for the host of this process, the same for all that can share slots with it.

    Two processes are on one host if their addresses have the same host, and they see the same shared memory
    and the same temp directory of the same running system as the same user. Network namespaces and
    containers with addresses of their own are hosts of their own, though they may have memory in common.

    Parameters
    ----------
    address : str
        Of the worker of this process, such as ``"tcp://10.0.0.2:40123"``; in a process that is none, one
        that others on its host could have.

    Returns
    -------
    str
        Eight hexadecimal digits.
    """
    return _tag(get_address_host(address), tempfile.gettempdir())


@cache
def _tag(host: str, temp: str) -> str:
    # Of the temp directory too, where slots go for which shared memory has no room: systemd gives services
    # one of their own, which has the same name.
    places = [f"{path}:{_identity(path)}" for path in (str(SHARED_MEMORY), temp)]
    told = "\n".join([host, _boot_id(), str(os.geteuid()), *places])
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _identity(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return "none"
    return f"{found.st_dev}:{found.st_ino}"


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:  # without Linux's /proc
        return ""
