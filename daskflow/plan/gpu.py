"""A GPU as a plan knows it, and which of a machine's GPUs this process may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU, or a part of one that its owner has cut off (MIG), that tasks can be given.

    Attributes
    ----------
    visible_as : str
        What names it in ``CUDA_VISIBLE_DEVICES``: an index, or a UUID such as ``"GPU-8f..."``.
    uuid : str
        Its UUID; empty where nobody asked the driver.
    model : str
        What the driver calls it; empty where nobody asked.
    memory_bytes : int
        Of the device; 0 where nobody asked.
    """

    visible_as: str
    uuid: str = ""
    model: str = ""
    memory_bytes: int = 0


def visible_gpus(found: Sequence[Gpu], variable: str | None) -> tuple[Gpu, ...]:
    """Those of the machine's GPUs that ``CUDA_VISIBLE_DEVICES`` leaves to this process.

    Parameters
    ----------
    found : sequence of Gpu
        What the driver knows; `visible_as` of a whole device is its index.
    variable : str or None
        The variable's value; None where it is not set. Entries are indices, UUIDs, or beginnings of UUIDs
        that only one device has.

    Returns
    -------
    tuple of Gpu
        In the order of the variable. As CUDA has it, an entry that names no device hides itself and all after
        it: ``"0,-1,1"`` is one device, the empty string none. The entry goes on as `visible_as`.
    """
    if variable is None:
        return tuple(found)
    chosen: list[Gpu] = []
    for entry in variable.split(","):
        gpu = _named(found, entry.strip())
        if gpu is None:
            break
        if gpu.uuid not in [other.uuid for other in chosen]:
            chosen.append(Gpu(entry.strip(), gpu.uuid, gpu.model, gpu.memory_bytes))
    return tuple(chosen)


def _named(found: Sequence[Gpu], entry: str) -> Gpu | None:
    if entry.isdecimal():
        return next((gpu for gpu in found if gpu.visible_as == str(int(entry))), None)
    matching = [gpu for gpu in found if entry and gpu.uuid.lower().startswith(entry.lower())]
    return matching[0] if len(matching) == 1 else None
