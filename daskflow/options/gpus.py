"""How a user says which GPUs a flow may use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Gpus = int | Sequence[int | str] | None
"""A user's word on GPUs: how many, or which; None to look what there is."""


def checked_gpus(wanted: Any) -> int | list[int | str] | None:
    """What was said of GPUs, in a form that makes sense, whatever GPUs there are.

    Raises
    ------
    TypeError
        It is neither a number nor a list of numbers and strings.
    ValueError
        It is negative.
    """
    if wanted is None:
        return None
    if isinstance(wanted, bool) or not isinstance(wanted, int | list | tuple):
        raise TypeError(f"gpus is a number of GPUs, or a list of indices or UUIDs; got {wanted!r}")
    if isinstance(wanted, int):
        if wanted < 0:
            raise ValueError(f"gpus is at least 0, got {wanted}")
        return wanted
    for name in wanted:
        if isinstance(name, bool) or not isinstance(name, int | str) or not str(name).strip():
            raise TypeError(f"gpus lists indices or UUIDs, got {name!r}")
    return list(wanted)
