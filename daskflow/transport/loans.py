"""Arrays that a node fills where its readers will see them, so that nothing is copied."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.transport.slots import OwnedSlot, SlotPool
from daskflow.transport.views import address_of


@dataclass(slots=True, eq=False)
class Loan:
    """A slot that the node writes into.

    Attributes
    ----------
    slot : OwnedSlot
        The slot.
    base : weakref.ref
        The array behind all arrays of the node into the slot: its end is the end of them all.
    array : weakref.ref
        The array that the node was given.
    address, size_bytes : int
        Where the slot is in this process.
    is_sent : bool
        Whether a result is in it: readers may look into it.
    is_freed : bool
        Whether the readers have let go of it, while the node still holds the array.
    """

    slot: OwnedSlot
    base: weakref.ref[Any]
    array: weakref.ref[Any]
    address: int
    size_bytes: int
    is_sent: bool = False
    is_freed: bool = False


class Loans:
    """Lends slots of a pool to the node of a task, and takes them back.

    Parameters
    ----------
    pool : SlotPool
        The task's.
    """

    def __init__(self, pool: SlotPool) -> None:
        self._pool = pool
        self.before_reuse: Callable[[], object] | None = None
        """Called before slots that the node dropped are used again: a GPU may still be copying them."""
        self._loans: dict[int, Loan] = {}  # by slot
        self._dropped: deque[int] = deque()  # slots into which the node has no array any more

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """An uninitialized array in a slot; see `daskflow.core.context.Context.empty`."""
        if dtype.hasobject:
            raise TypeError(f"empty() makes arrays of plain numbers, got dtype {dtype}: use numpy.empty")
        self._take_back()
        size = prod(shape) * dtype.itemsize
        slot = self._pool.take(max(size, 1))
        base = slot.array()
        array = base[:size].view(dtype).reshape(shape)
        number, dropped = slot.number, self._dropped
        self._loans[number] = Loan(
            slot,
            weakref.ref(base, lambda _: dropped.append(number)),
            weakref.ref(array),
            address_of(base),
            size,
        )
        return array

    def send(self, address: int, size_bytes: int) -> tuple[int, int] | None:
        """Note that a buffer is sent: its slot and offset, if it is in one that was lent and not sent before.

        A slot that was sent before is not named again: its readers may be gone, and the ledger about to say
        so. What the node still has of it is copied like any other array.
        """
        for loan in self._loans.values():
            offset = address - loan.address
            if not loan.is_sent and offset >= 0 and offset + size_bytes <= loan.size_bytes:
                return loan.slot.number, offset
        return None

    def close(self, slots: list[int]) -> None:
        """Note that a result in these slots is complete: the node may not write there any more."""
        for number in slots:
            loan = self._loans.get(number)
            if loan is not None:
                loan.is_sent = True
                for reference in (loan.base, loan.array):
                    array = reference()
                    if array is not None:
                        array.flags.writeable = False

    def recycle(self, number: int) -> None:
        """Note that no reader looks into a slot any more."""
        self._take_back()
        loan = self._loans.get(number)
        if loan is None:
            self._pool.recycle(number)
        else:
            loan.is_freed = True  # but the node does

    def _take_back(self) -> None:
        if self._dropped and self.before_reuse is not None:
            self.before_reuse()
        while self._dropped:
            number = self._dropped.popleft()
            loan = self._loans.pop(number)
            if loan.is_freed or not loan.is_sent:
                self._pool.recycle(number)
