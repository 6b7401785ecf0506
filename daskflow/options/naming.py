"""Names that there are not, and the one that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from daskflow.errors import OptionError


def refuse_unknown(given: Iterable[str], known: Sequence[str], complaint: str) -> None:
    """Refuse the first name that is not known.

    Parameters
    ----------
    given, known : iterable of str
        What was said, and what can be said.
    complaint : str
        What is wrong, with ``{}`` for the name.

    Raises
    ------
    OptionError
        With the nearest name, where one is near, and all that there are.
    """
    for name in given:
        if name not in known:
            raise OptionError(complaint.format(repr(name)) + nearest(name, known))


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a complaint about a name: the nearest one, where one is near, and all that there are."""
    matches = difflib.get_close_matches(str(name), known, 1)
    meant = f": did you mean {matches[0]!r}?" if matches else "."
    return f"{meant} There are {', '.join(known)}"
