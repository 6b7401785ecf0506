"""How a node's results are compressed between hosts."""

from __future__ import annotations

LZ4, JPEG = "lz4", "jpeg"

DEFAULT_QUALITY = 90
"""Of JPEG."""


def checked_compression(value: str | None) -> str | None:
    """What was given, if it makes sense; ``"jpeg"`` with its quality.

    Raises
    ------
    ValueError
        It does not.
    """
    if value is None or value == LZ4:
        return value
    if isinstance(value, str):
        form, colon, quality = value.partition(":")
        if form == JPEG and not colon:
            return f"{JPEG}:{DEFAULT_QUALITY}"
        if form == JPEG and quality.isascii() and quality.isdigit() and 1 <= int(quality) <= 100:
            return f"{JPEG}:{int(quality)}"
    raise ValueError(
        f'compression is None, "lz4", "jpeg" or "jpeg:90", with a quality of 1 to 100, got {value!r}'
    )
