"""Programs that measure: daskflow itself, and flows under several settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daskflow.experiments.sweeps import SweepResult, sweep

__all__ = ["SweepResult", "sweep"]


def __getattr__(name: str) -> Any:
    # At the first use: the bench measures how long daskflow takes to import, from a process that has this.
    if name in __all__:
        from daskflow.experiments import sweeps

        return getattr(sweeps, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
