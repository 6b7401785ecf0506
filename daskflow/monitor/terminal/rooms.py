"""How much of a screen each of several flows gets."""

from __future__ import annotations

from collections.abc import Sequence


def rooms(wanted: Sequence[int], height: int) -> list[int]:
    """How many rows each gets, with a blank one between two.

    Those that want little get it, and the others share the rest evenly. If not even the head of each has
    room, the first ones do, and the last row is kept to say so: then the list is shorter than `wanted`.

    Parameters
    ----------
    wanted : sequence of int
        How many rows each would fill.
    height : int
        How many rows there are.
    """
    if not wanted:
        return []
    most = max(1, height // 2)  # each a head and a blank row, the last of which tells of the others
    if 2 * len(wanted) - 1 > height:
        return [1] * most
    left = height - (len(wanted) - 1)
    given = [0] * len(wanted)
    by_wish = sorted(range(len(wanted)), key=lambda i: wanted[i])
    for place, i in enumerate(by_wish):
        given[i] = min(wanted[i], left // (len(wanted) - place))
        left -= given[i]
    return given
