"""How a user says which nodes are to run in one task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

AUTO = "auto"
"""The plan chooses."""

Fuse = str | Sequence[Sequence[str]] | None
"""A user's word: `AUTO`, chains by the names of their nodes, or None for none."""


def checked_fuse(said: Any) -> str | tuple[tuple[str, ...], ...] | None:
    """What was said of fusion, in one form.

    Raises
    ------
    TypeError, ValueError
        It is neither ``"auto"`` nor a list of chains of at least two names.
    """
    if said is None or said == AUTO:
        return said  # type: ignore[no-any-return]
    wanted = f"fuse is {AUTO!r}, None, or a list of chains, such as [('grey', 'crop')]"
    if isinstance(said, str) or not isinstance(said, Sequence):
        raise TypeError(f"{wanted}, got {said!r}")
    chains: list[tuple[str, ...]] = []
    for chain in said:
        if isinstance(chain, str) or not isinstance(chain, Sequence):
            raise TypeError(f"{wanted}, got {chain!r} in it")
        if not all(isinstance(name, str) for name in chain):
            raise TypeError(f"a chain in fuse has the names of its nodes, got {chain!r}")
        if len(chain) < 2:
            raise ValueError(f"a chain in fuse has two nodes at least, got {chain!r}")
        chains.append(tuple(chain))
    return tuple(chains)
