"""Which letters somebody means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from daskflow.deadletters.letter import DeadLetter
from daskflow.errors import DeadLetterError


def chosen_letters(
    letters: Iterable[DeadLetter], *, node: str | None = None, ids: Sequence[str] = ()
) -> list[DeadLetter]:
    """The letters of a node, or with these ids, or both; all of them if neither is given.

    Parameters
    ----------
    letters : iterable of DeadLetter
        What there is.
    node : str, optional
        Name of a node.
    ids : sequence of str, optional
        As `DeadLetter.id` says them.

    Raises
    ------
    DeadLetterError
        There is no letter of that node or with that id; the message says which is nearest.
    """
    known = list(letters)
    of_node = [letter for letter in known if node is None or letter.node == node]
    if node is not None and not of_node:
        raise DeadLetterError(f"no dead letter is of node {node!r}{nearest(node, _nodes(known))}")
    by_id = {letter.id: letter for letter in of_node}
    for name in ids:
        if name not in by_id:
            of = "" if node is None else f" of node {node!r}"
            raise DeadLetterError(f"there is no dead letter {name}{of}{nearest(name, list(by_id))}")
    return [letter for letter in of_node if not ids or letter.id in ids]


def nearest(name: str, known: Sequence[str]) -> str:
    """Advice for a name that is not known, to be added to a sentence; empty where nothing is known."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(known[:8])}{', …' if len(known) > 8 else ''}" if known else ""


def _nodes(letters: Sequence[DeadLetter]) -> list[str]:
    return list(dict.fromkeys(letter.node for letter in letters))
