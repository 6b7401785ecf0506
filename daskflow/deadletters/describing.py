"""A few words about an input, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daskflow.deadletters.letter import InputDescription


def described(value: Any, metadata: Mapping[Any, Any]) -> InputDescription:
    """What an input is: its type, shape, dtype or length, and the keys of its metadata. Never raises."""
    return InputDescription(
        type=type(value).__name__,
        shape=_shape(value),
        dtype=_text(getattr(value, "dtype", None)) if _shape(value) is not None else None,
        length=_length(value),
        metadata_keys=tuple(_text(key) or "" for key in metadata),
    )


def _shape(value: Any) -> tuple[int, ...] | None:
    try:
        return tuple(int(size) for size in value.shape)
    except Exception:  # noqa: BLE001  most values have none, and a class may resist in its own way
        return None


def _length(value: Any) -> int | None:
    if _shape(value) is not None:
        return None
    try:
        return len(value)
    except Exception:  # noqa: BLE001  as above
        return None


def _text(value: Any) -> str | None:
    try:
        return None if value is None else str(value)
    except Exception:  # noqa: BLE001  as above
        return f"<{type(value).__name__}>"
