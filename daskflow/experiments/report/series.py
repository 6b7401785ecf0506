"""What is drawn: the estimates of a metric along one setting, a series for each combination of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daskflow.experiments.analysis.estimates import Estimate, estimate
from daskflow.experiments.analysis.metrics import Record, metric_of, values_of
from daskflow.experiments.analysis.settings import (
    Settings,
    groups_of,
    is_number,
    key_of,
    numeric,
    settings_words,
    swept,
    value_words,
    worker_settings,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One combination of settings in a series.

    Attributes
    ----------
    place : float
        On the axis of the setting.
    estimate : Estimate
        In the unit that is shown.
    trials : tuple of float
        What it is made of.
    """

    place: float
    estimate: Estimate
    trials: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """Marks that are joined by a line.

    Attributes
    ----------
    label : str
        The other settings; empty where there are none that vary.
    marks : tuple of Mark
        From left to right.
    """

    label: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """The setting along which is drawn.

    Attributes
    ----------
    setting : str
        Its name; empty where nothing was swept.
    places : mapping of str to float
        By the key of a value.
    words : tuple of str
        What stands at each place.
    is_numeric : bool
        Whether places are the values themselves; else they only follow each other.
    """

    setting: str
    places: Mapping[str, float]
    words: tuple[str, ...]
    is_numeric: bool

    def place_of(self, settings: Settings) -> float:
        """Where a combination of settings is."""
        return self.places[_key(settings.get(self.setting))]


def main_setting(records: Sequence[Record]) -> str:
    """The swept setting that says most: one of workers, else a number, else any; empty without one."""
    for candidates in (worker_settings(records), numeric(records), list(swept(records))):
        if candidates:
            return candidates[0]
    return ""


def axis_of(records: Sequence[Record], setting: str) -> Axis:
    """The axis of a setting; without one all is at the same place."""
    found = [group.settings.get(setting) for group in groups_of(records)]
    values = swept(records).get(setting) or list({_key(value): value for value in found}.values())
    is_numeric = bool(setting) and all(map(is_number, values))
    places = {_key(value): float(value) if is_numeric else float(i) for i, value in enumerate(values)}
    words = tuple(value_words(value) if setting else "" for value in values)
    return Axis(setting, places, words, is_numeric)


def series_of(records: Sequence[Record], axis: Axis, metric: str) -> list[Series]:
    """The series of a metric along an axis; combinations without figures are left out."""
    scale, names = metric_of(metric).scale, other_names(records, axis.setting)
    marks: dict[str, list[Mark]] = {}
    for group in groups_of(records):
        values = [value * scale for value in values_of(group.records, metric)]
        found = estimate(values)
        if found is not None:
            marks.setdefault(settings_words(group.settings, names), []).append(
                Mark(axis.place_of(group.settings), found, tuple(values))
            )
    return [
        Series(label, tuple(sorted(found, key=lambda mark: mark.place))) for label, found in marks.items()
    ]


def other_names(records: Sequence[Record], setting: str) -> list[str]:
    """What distinguishes series: the swept settings beside that of the axis."""
    return [name for name in swept(records) if name != setting]


def labels_of(records: Sequence[Record], setting: str) -> list[str]:
    """The labels of all series along a setting, so that each has its colour in every plot."""
    names = other_names(records, setting)
    return list(dict.fromkeys(settings_words(group.settings, names) for group in groups_of(records)))


def _key(value: Any) -> str:
    return key_of({"value": value})
