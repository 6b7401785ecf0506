"""What a machine, or a cluster, has for a flow."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.options.gpus import Gpus, checked_gpus
from daskflow.plan.gpu import Gpu, named_gpu, visible_gpus
from daskflow.plan.nvml import gpus_of_driver
from daskflow.plan.placement.workers import GPU_TAG, WorkerInfo


@dataclass(frozen=True, slots=True)
class Inventory:
    """What tasks can be given.

    Attributes
    ----------
    cores : int
        Processor cores that this process may use.
    gpus : tuple of Gpu
        GPUs that it may use.
    gpu_ipc : bool
        Whether processes may share the memory of a GPU.
    host_cores : int or None
        Cores of the host with the fewest, where there are several hosts.
    is_of_cluster : bool
        Whether it is that of an existing cluster: which of the GPUs a task has, its worker decides.
    """

    cores: int
    gpus: tuple[Gpu, ...] = ()
    gpu_ipc: bool = True
    host_cores: int | None = None
    is_of_cluster: bool = False

    @classmethod
    def of_this_machine(cls, gpus: Gpus = None, *, gpu_ipc: bool = True) -> Inventory:
        """What this process may use here.

        Parameters
        ----------
        gpus : int, sequence of int or str, or None
            The first so many of the visible GPUs, with a warning if there are fewer; or those with these
            indices or UUIDs, visible or not; 0 for none. Where the driver knows no GPU at all, it is taken
            on trust. None for all that are visible.
        gpu_ipc : bool, default True
            Whether processes may share the memory of a GPU.

        Raises
        ------
        ValueError
            `gpus` is negative, names a GPU twice, or one that the driver does not know.
        TypeError
            It is neither a number nor a sequence of numbers and strings.
        """
        return cls(len(os.sched_getaffinity(0)), chosen_gpus(gpus), gpu_ipc)

    @classmethod
    def of_workers(
        cls, workers: Sequence[WorkerInfo], *, tasks_per_worker: int = 1, gpus: Gpus = None
    ) -> Inventory:
        """What the workers of an existing cluster have.

        The cores are those of all hosts. A worker with the resource ``GPU`` counts as a GPU, of which there
        is as much as it says and other runs leave. Processes there do not share the memory of a GPU.

        Parameters
        ----------
        workers : sequence of WorkerInfo
            Those that can be used.
        tasks_per_worker : int, default 1
            How many tasks a worker may have.
        gpus : int or None
            No more workers with GPUs than this, with a warning if there are fewer; None for all.

        Raises
        ------
        ValueError
            `gpus` is negative, or says which: a worker decides that itself.
        """
        hosts: dict[str, int] = {}
        for worker in workers:
            hosts[worker.host] = max(hosts.get(worker.host, 1), worker.cores)
        rooms = [(worker.free.get(GPU_TAG, 0.0), worker.room(tasks_per_worker)) for worker in workers]
        found = [each for each in rooms if min(each) > 0]
        if gpus is not None:
            if isinstance(gpus, bool) or not isinstance(gpus, int) or gpus < 0:
                raise ValueError(
                    f"gpus={gpus!r}: on an existing cluster it is how many workers with the resource GPU the "
                    "flow may use; which device a worker has, it was told when it was started"
                )
            if gpus > len(found):
                words = f"gpus={gpus}, but {len(found)} workers have room and the resource GPU"
                warnings.warn(words, RuntimeWarning, stacklevel=2)
            found = found[:gpus]
        return cls(
            cores=sum(hosts.values()) or 1,
            gpus=tuple(Gpu(str(i), amount=amount, most_tasks=room) for i, (amount, room) in enumerate(found)),
            gpu_ipc=False,
            host_cores=min(hosts.values(), default=None),
            is_of_cluster=True,
        )


def chosen_gpus(wanted: Gpus) -> tuple[Gpu, ...]:
    """The GPUs that a user's word stands for; see `Inventory.of_this_machine`."""
    wanted = checked_gpus(wanted)
    if wanted is None:
        return visible_gpus(gpus_of_driver(), os.environ.get("CUDA_VISIBLE_DEVICES"))
    return _so_many(wanted) if isinstance(wanted, int) else _these(wanted)


def _so_many(count: int) -> tuple[Gpu, ...]:
    if count == 0:
        return ()
    known = gpus_of_driver()
    if not known:
        return tuple(Gpu(str(i)) for i in range(count))
    visible = visible_gpus(known, os.environ.get("CUDA_VISIBLE_DEVICES"))
    if len(visible) < count:
        warnings.warn(f"gpus={count}, but {len(visible)} are visible here", RuntimeWarning, stacklevel=2)
    return visible[:count]


def _these(names: Sequence[int | str]) -> tuple[Gpu, ...]:
    if not names:
        return ()
    known = gpus_of_driver()
    chosen: list[Gpu] = []
    for name in (str(name).strip() for name in names):
        gpu = named_gpu(known, name) if known else Gpu(name)
        if gpu is None:
            there = ", ".join(f"{gpu.visible_as} ({gpu.uuid})" for gpu in known)
            raise ValueError(f"gpus names {name!r}, which is not one of {there}")
        if gpu in chosen:
            raise ValueError(f"gpus names a GPU twice: {', '.join(map(str, names))}")
        chosen.append(gpu)
    return tuple(chosen)
