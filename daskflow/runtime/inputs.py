"""The inputs of a message, made of the descriptors of its lease."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daskflow.errors import PayloadLostError
from daskflow.runtime.runner import Message
from daskflow.transport.descriptor import Descriptor, slots_of
from daskflow.transport.payload import decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.views import SlotViews

if TYPE_CHECKING:
    from daskflow.transport.far.far_slots import FarSlots


class Inputs:
    """Takes a task's inputs out of their slots.

    Parameters
    ----------
    places : RunPlaces
        Where the slots are.
    views : SlotViews
        Of the task: they tell the ledger when the last array over a slot is gone.
    private : bool
        Copy arrays out of their slots.
    far : FarSlots, optional
        Of the task, where the run is on several hosts.
    """

    def __init__(
        self, places: RunPlaces, views: SlotViews, *, private: bool, far: FarSlots | None = None
    ) -> None:
        self._places = places
        self._far = far
        self._views = views
        self._private = private
        self.decode: Callable[..., Any] = decode
        """A task with a GPU has another."""

    def take(self, descriptors: list[Descriptor]) -> list[Message]:
        """The inputs, once for each lease. Raises whatever unpickling does.

        Raises
        ------
        PayloadLostError
            One was on another host and cannot be had any more.
        """
        messages: list[Message] = []
        for i, descriptor in enumerate(descriptors):
            try:
                messages.append(self.decode(descriptor, self._views, private=self._private))
            except Exception as error:
                if isinstance(error, PayloadLostError):  # none of its slots was looked at
                    self._views.released.extend(slots_of(descriptor))
                for other in descriptors[i + 1 :]:  # nobody will look at them, and so let go of them
                    self._views.released.extend(slots_of(other))
                raise
        return messages

    def copies(self, descriptors: list[Descriptor]) -> list[Message]:
        """The inputs as they came, whatever the node has done to those that it was given."""
        views = SlotViews(
            self._places, self._far
        )  # of their own: those of the task tell the ledger of each end
        return [decode(d, views, private=True, writable=self._private) for d in descriptors]
