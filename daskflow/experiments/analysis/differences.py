"""What was different about two sweeps beside what they measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daskflow.experiments.analysis.results import Results
from daskflow.experiments.analysis.settings import value_words

_PASSING = {"date", "load", "time", "uptime", "started_at", "created_at"}
"""What a machine says of itself that is never the same twice."""


def differences(before: Results, after: Results) -> Iterator[str]:
    """Sentences about machine, versions, and what was run how, that are not the same."""
    machine = _changed(before.part("machine"), after.part("machine"))
    if machine:
        yield (f"the machines differ, so that the difference may be theirs alone: {'; '.join(machine)}")
    versions = _changed(before.part("versions"), after.part("versions"))
    if versions:
        yield f"versions differ: {'; '.join(versions)}"
    others = _changed(_outline(before), _outline(after))
    if others:
        yield f"they were not run alike: {'; '.join(others)}"


def _outline(results: Results) -> dict[str, Any]:
    outline = {name: results.about.get(name) for name in ("name", "warmup_messages", "seed")}
    return outline | dict(_flat(results.part("options"), "option "))


def _flat(content: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _changed(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    names = [name for name in {**ours, **theirs} if name not in _PASSING]
    return [
        f"{name} {_words(ours.get(name))} and {_words(theirs.get(name))}"
        for name in names
        if ours.get(name) != theirs.get(name)
    ]


def _words(value: Any) -> str:
    return "unknown" if value is None else value_words(value)
