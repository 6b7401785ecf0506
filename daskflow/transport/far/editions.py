"""What a task writes under its results where they may be read on other hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daskflow.ledger.slots import is_on_gpu
from daskflow.transport.far.trailer import NO_EDITION, About, packed

if TYPE_CHECKING:
    from daskflow.transport.slots import SlotPool
    from daskflow.transport.views import SlotViews


class Editions:
    """Says in the trailers of a result's slots what is in them, and names their editions.

    Parameters
    ----------
    pool, views : SlotPool, SlotViews
        Of the task: a result lies in its own slots, or in those of its inputs.
    compression : str, optional
        How its results are to be compressed between hosts.
    """

    def __init__(self, pool: SlotPool, views: SlotViews, compression: str | None) -> None:
        self._pool = pool
        self._views = views
        self._compression = compression

    def added_to(self, descriptor: list[Any]) -> list[Any]:
        """A descriptor with the editions of its slots, whose contents are complete."""
        return [*descriptor, [self._edition(slot, descriptor) for slot in descriptor[2]]]

    def _edition(self, slot: int, descriptor: list[Any]) -> int:
        if is_on_gpu(slot):
            return NO_EDITION  # it stays on its device, and so on its host
        own = self._pool.used(slot)
        if own is None:
            return self._views.edition_of(slot)
        own.write_trailer(packed(self._about(slot, descriptor)))
        return own.edition

    def _about(self, slot: int, descriptor: list[Any]) -> About:
        if len(descriptor) == 5:
            _, ((_, offset, length),), _, dtype, shape = descriptor
            if offset == 0:
                return About(length, self._compression, dtype, shape)
            return About(offset + length, self._compression)
        regions = [part for part in (descriptor[0], *descriptor[1]) if not isinstance(part, bytes)]
        return About(max(part[1] + part[2] for part in regions if part[0] == slot), self._compression)
