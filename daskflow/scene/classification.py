"""What a picture as a whole shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Classification:
    """The likeliest classes of a picture, the likeliest first.

    Attributes
    ----------
    class_id : tuple of int
        Their numbers.
    class_name : tuple of str
        Their names, or their numbers as strings where they have none.
    confidence : tuple of float
        From 0 to 1.
    """

    class_id: tuple[int, ...]
    class_name: tuple[str, ...]
    confidence: tuple[float, ...]
