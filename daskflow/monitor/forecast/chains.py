"""Nodes that one task could run, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def chains(
    parents: Mapping[str, Sequence[str]], may_join: Callable[[str], bool], join: Callable[[str, str], bool]
) -> list[tuple[str, ...]]:
    """Runs of nodes of which each reads the one before, and nobody else does; lone nodes are runs too.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        The nodes that each node reads, in topological order.
    may_join : callable
        Whether a node may be in a run.
    join : callable
        Whether a node and the one that alone reads it belong in one run.
    """
    readers = [source for sources in parents.values() for source in sources]
    runs: list[list[str]] = []
    run_of: dict[str, list[str]] = {}
    for name, sources in parents.items():
        if not may_join(name):
            continue
        run = run_of.get(sources[0]) if len(sources) == 1 and readers.count(sources[0]) == 1 else None
        if run is None or not join(run[-1], name):
            run = []
            runs.append(run)
        run.append(name)
        run_of[name] = run
    return [tuple(run) for run in runs]
