"""What the machine has for a flow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.plan.gpu import Gpu, visible_gpus
from daskflow.plan.nvml import gpus_of_driver

Gpus = int | Sequence[int | str] | None
"""A user's word on GPUs: how many, or which; None to look what there is."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What tasks can be given.

    Attributes
    ----------
    cores : int
        Processor cores that this process may use.
    gpus : tuple of Gpu
        GPUs that it may use.
    """

    cores: int
    gpus: tuple[Gpu, ...] = ()

    @classmethod
    def of_this_machine(cls, gpus: Gpus = None) -> Inventory:
        """What this process may use here.

        Parameters
        ----------
        gpus : int, sequence of int or str, or None
            Instead of what the driver says: the first so many of the visible GPUs, or those with these
            indices or UUIDs. More than the driver knows are taken on trust. 0 for none; then, and with a
            list, the driver is not asked.

        Raises
        ------
        ValueError
            `gpus` is negative, or names a GPU twice.
        TypeError
            It is neither a number nor a sequence of numbers and strings.
        """
        return cls(len(os.sched_getaffinity(0)), chosen_gpus(gpus))


def chosen_gpus(wanted: Gpus) -> tuple[Gpu, ...]:
    """The GPUs that a user's word stands for; see `Inventory.of_this_machine`."""
    if wanted is None:
        return visible_gpus(gpus_of_driver(), os.environ.get("CUDA_VISIBLE_DEVICES"))
    if isinstance(wanted, bool) or not isinstance(wanted, int | list | tuple):
        raise TypeError(f"gpus is a number of GPUs, or a list of indices or UUIDs; got {wanted!r}")
    if isinstance(wanted, int):
        if wanted < 0:
            raise ValueError(f"gpus is at least 0, got {wanted}")
        found = chosen_gpus(None) if wanted else ()
        return found[:wanted] if len(found) >= wanted else tuple(Gpu(str(i)) for i in range(wanted))
    for one in wanted:
        if isinstance(one, bool) or not isinstance(one, int | str):
            raise TypeError(f"gpus lists indices or UUIDs, got {one!r}")
    names = [str(one) for one in wanted]
    if len(set(names)) < len(names):
        raise ValueError(f"gpus names a GPU twice: {', '.join(names)}")
    return tuple(Gpu(name) for name in names)
