"""Trials by their settings, and the settings that were swept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daskflow.experiments.analysis.metrics import Record
from daskflow.options.naming import refuse_unknown

Settings = Mapping[str, Any]
"""Values of options by name: ``{"detector.nb_tasks": 2}``."""

WORKERS = ("nb_tasks", "cpu_threads", "gpus")
"""Options that say how many work at something: twice as many should ideally do twice as much."""


@dataclass(frozen=True, slots=True)
class Group:
    """The trials of one combination of settings.

    Attributes
    ----------
    settings : mapping of str to object
        What they were run with.
    records : tuple of mapping
        The trials, those that failed among them.
    """

    settings: Settings
    records: tuple[Record, ...]

    @property
    def nb_failed(self) -> int:
        """How many of the trials failed."""
        return sum(record.get("status") != "ok" for record in self.records)


def key_of(settings: Settings) -> str:
    """A text that is the same for equal settings, whatever their order, and for no others."""
    return json.dumps(settings, sort_keys=True, default=str)


def groups_of(records: Iterable[Record]) -> list[Group]:
    """Trials by their settings, in the order of the grid."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: record.get("trial", 0)):
        groups.setdefault(key_of(record["settings"]), []).append(record)
    return [Group(group[0]["settings"], tuple(group)) for group in groups.values()]


def swept(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Settings that have several values, with these values: numbers in their order, others as they come."""
    values: dict[str, dict[str, Any]] = {}
    for group in groups_of(records):
        for name, value in group.settings.items():
            values.setdefault(name, {}).setdefault(key_of({"value": value}), value)
    return {name: _ordered(list(found.values())) for name, found in values.items() if len(found) > 1}


def _ordered(values: list[Any]) -> list[Any]:
    return sorted(values) if all(map(is_number, values)) else values


def is_number(value: Any) -> bool:
    """Whether a value of a setting is one that can be put on an axis."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def numeric(records: Sequence[Record]) -> list[str]:
    """Swept settings whose values are all numbers."""
    return [name for name, values in swept(records).items() if all(map(is_number, values))]


def worker_settings(records: Sequence[Record]) -> list[str]:
    """Swept settings that say how many work at something, such as ``detector.nb_tasks``."""
    return [name for name in numeric(records) if name.rpartition(".")[2] in WORKERS]


def refuse_unknown_settings(names: Iterable[str], records: Iterable[Record]) -> None:
    """Refuse names that no trial has as a setting; without trials nothing can be said.

    Raises
    ------
    OptionError
        With the nearest name that there is.
    """
    known = list(dict.fromkeys(name for record in records for name in record["settings"]))
    if known:
        refuse_unknown(names, known, "no trial has a setting {}")


def without(settings: Settings, name: str) -> dict[str, Any]:
    """All other settings."""
    return {other: value for other, value in settings.items() if other != name}


def settings_words(settings: Settings, names: Iterable[str] | None = None) -> str:
    """Settings for people: ``detector.nb_tasks=2, flow.queue_size=8``.

    Parameters
    ----------
    settings : mapping of str to object
        Values by name.
    names : iterable of str, optional
        Only these; all by default.
    """
    chosen = settings if names is None else [name for name in names if name in settings]
    return ", ".join(f"{name}={value_words(settings[name])}" for name in chosen)


def value_words(value: Any) -> str:
    """One value for people; a number has no more digits than it needs."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, default=str)
