"""Speed-up and efficiency of more workers, with the laws that describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daskflow.errors import OptionError
from daskflow.experiments.analysis.estimates import LEVEL, Estimate, estimate
from daskflow.experiments.analysis.laws import AMDAHL, RESAMPLES, USL, Law, fit_law
from daskflow.experiments.analysis.metrics import Record, value_of, values_of
from daskflow.experiments.analysis.settings import (
    Group,
    Settings,
    groups_of,
    is_number,
    key_of,
    refuse_unknown_settings,
    value_words,
    without,
    worker_settings,
)

RATE = "rate"


@dataclass(frozen=True, slots=True)
class Point:
    """One number of workers.

    Attributes
    ----------
    workers : float
        The value of the setting.
    rate : Estimate
        Messages per second.
    speed_up : Estimate or None
        The rate as a multiple of that of the fewest workers. None where no repeat has both.
    efficiency : Estimate or None
        The speed-up as a share of the ideal one.
    """

    workers: float
    rate: Estimate
    speed_up: Estimate | None
    efficiency: Estimate | None


@dataclass(frozen=True, slots=True)
class Scaling:
    """How the rate grows with a setting, all others being equal.

    Attributes
    ----------
    setting : str
        Such as ``"detector.nb_tasks"``.
    others : mapping of str to object
        What all other settings are.
    fewest : float
        The smallest value of the setting in any trial, which speed-ups are relative to.
    points : tuple of Point
        By rising number of workers; values without a trial that ended well are not among them.
    laws : mapping of str to (Law or str)
        ``"Amdahl"`` and ``"USL"``: the law, or why it could not be fitted.
    """

    setting: str
    others: Settings
    fewest: float
    points: tuple[Point, ...]
    laws: Mapping[str, Law | str]


def scalings(
    records: Sequence[Record],
    settings: Sequence[str] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> list[Scaling]:
    """Speed-ups against the smallest value of a setting, for each combination of the others.

    A speed-up is the median, over the repeats, of the rate divided by that of the fewest workers in the
    same repeat: the trials of a repeat follow each other, so that a machine which slows down in the course
    of a sweep has slowed both.

    Parameters
    ----------
    records : sequence of mapping
        The trials of a sweep.
    settings : sequence of str, optional
        Settings with numbers; by default those that were swept and say how many work at something:
        ``nb_tasks``, ``cpu_threads``, ``gpus``. Values that are not above zero are no numbers of workers:
        they are left out.
    level : float
        The confidence of the intervals, where there are repeats enough.
    resamples : int
        Fits that intervals of the laws' parameters are made of; 0 for none.

    Returns
    -------
    list of Scaling
        Empty where nothing of that kind was swept.

    Raises
    ------
    OptionError
        There is no such setting, or none of its values is a number above zero.
    ModuleNotFoundError
        SciPy is not installed.
    """
    if settings is not None:
        refuse_unknown_settings(settings, records)
        _refuse_words(settings, records)
    found = []
    for setting in worker_settings(records) if settings is None else settings:
        families: dict[str, list[Group]] = {}
        for group in groups_of(records):
            if _is_count(group.settings.get(setting)):
                families.setdefault(key_of(without(group.settings, setting)), []).append(group)
        counts = [group.settings[setting] for family in families.values() for group in family]
        found += [
            _scaling(setting, family, min(counts), level, resamples)
            for family in families.values()
            if len(family) > 1
        ]
    return found


def _is_count(value: Any) -> bool:
    return is_number(value) and value > 0


def _refuse_words(settings: Sequence[str], records: Sequence[Record]) -> None:
    for setting in settings:
        values = {value_words(record["settings"].get(setting)): record["settings"] for record in records}
        if values and not any(_is_count(found.get(setting)) for found in values.values()):
            raise OptionError(
                f"a speed-up is one by numbers above zero, and {setting} has none: it is "
                f"{' or '.join(values)} in the trials"
            )


def _scaling(setting: str, groups: Sequence[Group], fewest: float, level: float, resamples: int) -> Scaling:
    by_workers = {group.settings[setting]: group for group in groups}
    base = by_workers.get(fewest)  # missing while a sweep is under way
    points = tuple(
        point
        for workers in sorted(by_workers)
        if (point := _point(workers, by_workers[workers], fewest, base, level)) is not None
    )
    rates = {workers: values_of(group.records, RATE) for workers, group in by_workers.items()}
    laws = {name: fit_law(name, rates, resamples) for name in (AMDAHL, USL)}
    return Scaling(setting, without(groups[0].settings, setting), fewest, points, laws)


def _point(workers: float, group: Group, fewest: float, base: Group | None, level: float) -> Point | None:
    rate = estimate(values_of(group.records, RATE), level)
    if rate is None:
        return None
    speed_up = None if base is None else estimate(_ratios(group, base), level)
    if speed_up is None:
        return Point(workers, rate, None, None)
    return Point(workers, rate, speed_up, speed_up.scaled(fewest / workers))


def _ratios(group: Group, base: Group) -> list[float]:
    """Rates of a group divided by those of the same repeat of another."""
    ours, theirs = _by_repeat(group), _by_repeat(base)
    return [rate / theirs[repeat] for repeat, rate in ours.items() if theirs.get(repeat)]


def _by_repeat(group: Group) -> dict[Any, float]:
    rates = {record.get("repeat"): value_of(record, RATE) for record in group.records}
    return {repeat: rate for repeat, rate in rates.items() if rate is not None}
