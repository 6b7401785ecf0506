"""From numbers to the values of pixels."""

from __future__ import annotations

from typing import Any


def rounded(xp: Any, values: Any) -> Any:
    """The nearest values that a pixel can have: uint8, halves to the even one, as OpenCV rounds."""
    return xp.clip(xp.rint(values), 0, 255).astype(xp.uint8)
