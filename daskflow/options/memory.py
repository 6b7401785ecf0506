"""Amounts of memory, as users say them."""

from __future__ import annotations

from typing import Any

from dask.utils import parse_bytes


def checked_memory_limit(limit: Any) -> int | None:
    """A limit in bytes; None for none.

    Raises
    ------
    ValueError
        It is no amount of memory above 0.
    """
    if limit is None:
        return None
    try:
        size_bytes = 0 if isinstance(limit, bool) else int(parse_bytes(limit))
    except (TypeError, ValueError, AttributeError, OverflowError):  # it takes no lists, nor infinity
        size_bytes = 0
    if size_bytes <= 0:
        raise ValueError(f"memory_limit is a number of bytes or words such as '2GB', got {limit!r}")
    return size_bytes
