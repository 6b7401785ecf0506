"""Who holds which slot, and when its owner may write it again."""

from __future__ import annotations

from collections.abc import Iterable

from daskflow.errors import StaleTaskError

TASK_SHIFT = 40
INCARNATION_SHIFT = 24
"""A slot's number says whose it is: task, incarnation of the task, and a count within it."""

ON_GPU = 1 << (INCARNATION_SHIFT - 1)
"""Set in the numbers of slots in GPU memory, which ends with the process that owns it."""


def slot_number(task: int, incarnation: int, count: int, *, on_gpu: bool = False) -> int:
    """The number of a task's `count`-th slot, in shared memory or on the GPU."""
    return task << TASK_SHIFT | incarnation << INCARNATION_SHIFT | on_gpu * ON_GPU | count


def is_on_gpu(slot: int) -> bool:
    """Whether a slot is in GPU memory rather than in a file."""
    return bool(slot & ON_GPU)


def slot_owner(slot: int) -> tuple[int, int]:
    """The task that owns a slot and the incarnation that made it."""
    return slot >> TASK_SHIFT, (slot >> INCARNATION_SHIFT) & 0xFFFF


class SlotTable:
    """Counts the holders of each slot: edges where it waits, leases on it, tasks that look into it.

    A slot is in the table from the commit that names it first until its last holder lets go; then it is
    put on `freed`, for the shell to tell its owner.
    """

    def __init__(self) -> None:
        self._holders: dict[int, int] = {}
        self._views: dict[int, dict[int, int]] = {}  # task -> slot -> arrays the task was given over it
        self.freed: list[int] = []

    def hold(self, slots: Iterable[int]) -> None:
        """Add a holder to each slot."""
        holders = self._holders
        for slot in slots:
            holders[slot] = holders.get(slot, 0) + 1

    def let_go(self, slots: Iterable[int]) -> None:
        """Remove a holder from each slot."""
        holders = self._holders
        for slot in slots:
            left = holders[slot] - 1
            if left:
                holders[slot] = left
            else:
                del holders[slot]
                self.freed.append(slot)

    def show(self, task: int, slots: Iterable[int]) -> None:
        """Note that `task` was given a view of each slot, and holds it until it says `release`."""
        views = self._views.setdefault(task, {})
        holders = self._holders
        for slot in slots:
            holders[slot] = holders.get(slot, 0) + 1
            views[slot] = views.get(slot, 0) + 1

    def release(self, task: int, slots: Iterable[int]) -> None:
        """Note that `task` let go of one view of each slot.

        Raises
        ------
        StaleTaskError
            It has none of one of them.
        """
        views = self._views.get(task, {})
        for slot in slots:
            left = views.get(slot, 0) - 1
            if left < 0:
                raise StaleTaskError(f"it let go of slot {slot:x}, which it was not shown")
            if left:
                views[slot] = left
            else:
                del views[slot]
            self.let_go((slot,))

    def forget(self, task: int) -> None:
        """End all views of a lost task."""
        for slot, count in self._views.pop(task, {}).items():
            for _ in range(count):
                self.let_go((slot,))

    def is_held(self, slot: int) -> bool:
        """Whether a slot still has a holder."""
        return slot in self._holders

    def is_any_held_on_gpu(self, task: int, incarnation: int) -> bool:
        """Whether somebody still holds GPU memory of a task's process."""
        owner = (task, incarnation)
        return any(is_on_gpu(slot) and slot_owner(slot) == owner for slot in self._holders)

    def __len__(self) -> int:
        return len(self._holders)
