"""Which processes are on one host: those that share its address and its memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from distributed.comm.addressing import get_address_host

from daskflow.transport.places import SHARED_MEMORY

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def host_tag(address: str) -> str:
    """A short name for the host of this process, which listens at a Dask address."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    device = os.stat(SHARED_MEMORY).st_dev if SHARED_MEMORY.is_dir() else 0
    key = f"{get_address_host(address)} {boot} {device} {os.geteuid()}"
    return hashlib.blake2s(key.encode(), digest_size=4).hexdigest()
