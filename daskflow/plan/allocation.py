"""Which task runs on which device: a pure function of what the nodes wish and what the machine has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.core.constants import CPU, GPU
from daskflow.plan.gpu import Gpu

ROUNDING = 1e-9
"""Three shares of a third are a whole."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a node asks for.

    Attributes
    ----------
    node : str
        Name of the node.
    nb_tasks : int
        How many tasks it has.
    wants_gpu, supports_gpu : bool
        Whether it was asked to run on a GPU, and whether its code can.
    share : float
        Of a GPU, that each task takes.
    """

    node: str
    nb_tasks: int
    wants_gpu: bool = False
    supports_gpu: bool = True
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task runs.

    Attributes
    ----------
    device : str
        ``"cpu"`` or ``"gpu"``.
    why : str
        The device with the reason, such as ``"gpu 1"`` or ``"cpu: no GPU found"``.
    gpu : int or None
        Position of its GPU in the inventory.
    share : float
        Of that GPU; 0 on the CPU.
    """

    device: str
    why: str
    gpu: int | None = None
    share: float = 0.0


ON_CPU = Place(CPU, "cpu")


def allocate(wishes: Sequence[Wish], gpus: Sequence[Gpu]) -> list[list[Place]]:
    """Give each task its device.

    Nodes are served in the order given, which is the topological one, and the tasks of a node one after the
    other: each takes the first GPU that has its share left, so that shares fill one device before the next is
    begun, until there is none. The rest run on the CPU.

    Parameters
    ----------
    wishes : sequence of Wish
        One per node.
    gpus : sequence of Gpu
        What the machine has.

    Returns
    -------
    list of list of Place
        For each node, for each task. The shares of a GPU never add up to more than there is of it.
    """
    left = [gpu.amount for gpu in gpus]
    takers: list[list[str]] = [[] for _ in gpus]
    return [[_place(wish, gpus, left, takers) for _ in range(wish.nb_tasks)] for wish in wishes]


def allocate_more(
    wish: Wish, gpus: Sequence[Gpu], taken: Sequence[tuple[str, str | None, float]]
) -> list[Place]:
    """Give further tasks of a node their devices, while others have theirs already.

    Parameters
    ----------
    wish : Wish
        Of the node, for the further tasks alone.
    gpus : sequence of Gpu
        What the machine has.
    taken : sequence of (str, str or None, float)
        Of each task that is there: its node, the GPU that it sees, and its share of it.
    """
    left = [each.amount - sum(share for _, gpu, share in taken if gpu == each.visible_as) for each in gpus]
    takers: list[list[str]] = [
        [node for node, gpu, share in taken if gpu == each.visible_as and share] for each in gpus
    ]
    return [_place(wish, gpus, left, takers) for _ in range(wish.nb_tasks)]


def _place(wish: Wish, gpus: Sequence[Gpu], left: list[float], takers: list[list[str]]) -> Place:
    if not wish.wants_gpu:
        return ON_CPU
    if not wish.supports_gpu:
        return Place(CPU, "cpu: node does not support gpu")
    if not gpus:
        return Place(CPU, "cpu: no GPU found")
    for i, gpu in enumerate(gpus):
        has_room = gpu.most_tasks is None or len(takers[i]) < gpu.most_tasks
        if has_room and left[i] + ROUNDING >= wish.share:
            left[i] -= wish.share
            takers[i].append(wish.node)
            part = "" if wish.share == 1 else f" ({wish.share:g} of it)"
            return Place(GPU, f"gpu {gpu.visible_as}{part}", i, wish.share)
    return Place(CPU, f"cpu: {_none_left(wish, takers)}")


def _none_left(wish: Wish, takers: Sequence[Sequence[str]]) -> str:
    by = ", ".join(dict.fromkeys(name for names in takers for name in names))
    taken = sum(bool(names) for names in takers)
    what = "no GPU left" if wish.share == 1 else f"no GPU with {wish.share:g} left"
    return f"{what}, {taken} of {len(takers)} taken by {by}"
