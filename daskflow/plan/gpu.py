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
        What names it in ``CUDA_VISIBLE_DEVICES``: an index, in the order of PCI addresses as `nvidia-smi` has
        it, or a UUID such as ``"MIG-8f..."``.
    uuid : str
        Its UUID; empty where nobody asked the driver.
    model : str
        What the driver calls it; empty where nobody asked.
    memory_bytes : int
        Of the device; 0 where nobody asked.
    amount : float
        How much of it there is to share out: 1, but for the GPUs of a worker of an existing cluster, which
        stand together for as much as the worker says.
    most_tasks : int or None
        How many tasks can be given some of it; None where that does not matter.
    """

    visible_as: str
    uuid: str = ""
    model: str = ""
    memory_bytes: int = 0
    amount: float = 1.0
    most_tasks: int | None = None


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
        it: ``"0,-1,1"`` is one device, the empty string none.
    """
    if variable is None:
        return tuple(found)
    chosen: list[Gpu] = []
    for entry in variable.split(","):
        gpu = named_gpu(found, entry.strip())
        if gpu is None:
            break
        if gpu not in chosen:
            chosen.append(gpu)
    return tuple(chosen)


def named_gpu(known: Sequence[Gpu], name: str) -> Gpu | None:
    """The GPU of an index, or of the beginning of a UUID that only one has; None if there is none."""
    if name.isdecimal():
        return next((gpu for gpu in known if gpu.visible_as == str(int(name))), None)
    matching = [gpu for gpu in known if name and gpu.uuid.lower().startswith(name.lower())]
    return matching[0] if len(matching) == 1 else None
