"""What the machine has for a flow."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inventory:
    """What tasks can be given.

    Attributes
    ----------
    cores : int
        Processor cores that this process may use.
    """

    cores: int

    @classmethod
    def of_this_machine(cls) -> Inventory:
        """What this process may use here."""
        return cls(len(os.sched_getaffinity(0)))
