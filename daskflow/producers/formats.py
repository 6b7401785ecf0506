"""What a frame may be in memory."""

FORMATS = {"bgr24": 3, "rgb24": 3, "gray": 1}
"""The formats, by FFmpeg's names, with their bytes per pixel."""


def checked_format(name: str) -> str:
    """Return the name of a format, known to be one of `FORMATS`. Raises ValueError if it is not."""
    if name not in FORMATS:
        raise ValueError(f"format is one of {', '.join(FORMATS)}, got {name!r}")
    return name
