"""Whose results stay on the GPU: a pure function of where the tasks are and who reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daskflow.plan.allocation import Place


def keeping_tasks(
    places: Mapping[str, Sequence[Place]], parents: Mapping[str, Sequence[str]]
) -> set[tuple[str, int]]:
    """The tasks whose results stay on their GPU: those of which every reader is on it too.

    Parameters
    ----------
    places : mapping of str to sequence of Place
        For each node the places of its tasks.
    parents : mapping of str to sequence of str
        For each node those that it reads.

    Returns
    -------
    set of (str, int)
        Node and index of the task. Any task of a reading node may get any result, so all must be there.
    """
    readers: dict[str, set[int | None]] = {name: set() for name in places}
    for name, read in parents.items():
        for parent in read:
            readers[parent].update(place.gpu for place in places[name])
    return {
        (name, i)
        for name, own in places.items()
        for i, place in enumerate(own)
        if place.gpu is not None and readers[name] == {place.gpu}
    }
