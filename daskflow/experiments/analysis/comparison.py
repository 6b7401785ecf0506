"""Two sweeps of the same settings: what changed from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, inf, log
from statistics import median
from typing import Any

from daskflow.errors import ResultsError
from daskflow.experiments.analysis.differences import differences
from daskflow.experiments.analysis.estimates import LEVEL, Estimate, estimate
from daskflow.experiments.analysis.metrics import HIGHER, NEITHER, metric_of, metrics_in, values_of
from daskflow.experiments.analysis.ranks import (
    Alternative,
    Pair,
    Ratio,
    rank_test,
    ratio_of,
    smallest_p,
    stratified_test,
)
from daskflow.experiments.analysis.results import Results
from daskflow.experiments.analysis.settings import Group, Settings, groups_of, key_of
from daskflow.options.naming import refuse_unknown

ALPHA = 0.05
"""A p up to this is called significant."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a metric, with one combination of settings or with all together.

    Attributes
    ----------
    settings : mapping of str to object or None
        The combination; None for all that both have together.
    metric : str
        Its name.
    before, after : Estimate or None
        Medians in SI units; None where no trial ended well. For all settings together their sum.
    ratio : Ratio or None
        After to before. For all settings together the geometric mean. None where figures are not above zero.
    p : float or None
        How often chance alone would make them differ so much. None where there is nothing to compare.
    smallest_p : float or None
        The least that it could have been with so many repeats.
    p_worse, smallest_p_worse : float or None
        The same, one-sided: of chance alone making it so much worse. None where a metric is neither good nor
        bad.
    trials_before, trials_after : int
        How many trials there were; 0 for all settings together.
    failed_before, failed_after : int
        How many of them failed.
    pairs : tuple of (sequence of float, sequence of float)
        The figures before and after that were tested, in SI units: one pair for a combination of settings,
        one for each of them for all together. Empty where there is nothing to compare.
    """

    settings: Settings | None
    metric: str
    before: Estimate | None
    after: Estimate | None
    ratio: Ratio | None
    p: float | None = None
    smallest_p: float | None = None
    p_worse: float | None = None
    smallest_p_worse: float | None = None
    trials_before: int = 0
    trials_after: int = 0
    failed_before: int = 0
    failed_after: int = 0
    pairs: tuple[Pair, ...] = field(default=(), repr=False)

    @property
    def is_significant(self) -> bool:
        """Whether it differs by more than chance, for itself."""
        return self.p is not None and self.p <= ALPHA

    @property
    def can_be_told(self) -> bool:
        """Whether there are repeats enough for a difference of any size to be significant."""
        return self.smallest_p is not None and self.smallest_p <= ALPHA

    @property
    def is_broken(self) -> bool:
        """Whether there were figures before and now all trials failed."""
        return self.before is not None and 0 < self.trials_after == self.failed_after

    @property
    def is_unmeasured(self) -> bool:
        """Whether there were figures before and now trials end well without any."""
        return self.before is not None and self.after is None and not self.is_broken

    @property
    def fails_more(self) -> bool:
        """Whether a larger share of the trials failed than before."""
        return self.failed_after * self.trials_before > self.failed_before * self.trials_after

    @property
    def worsening(self) -> float:
        """By which share it became worse; negative where it became better."""
        sign = metric_of(self.metric).better
        if self.ratio is not None:
            return -sign * (self.ratio.value - 1)
        if self.before is None or self.after is None or sign == NEITHER:
            return 0.0
        worse = -sign * (self.after.value - self.before.value)
        if self.before.value > 0:
            return worse / self.before.value
        return inf if worse > 0 else 0.0

    def p_worse_by(self, share: float) -> float:
        """How often chance alone would make it so much worse, were it truly worse by a share already.

        Parameters
        ----------
        share : float
            Of the figure before, such as 0.05 for five per cent.

        Returns
        -------
        float
            From 0 to 1.

        The figures before are made worse by the share and tested again. 1.0 where there is nothing to compare
        or a metric is neither good nor bad.

        Raises
        ------
        ModuleNotFoundError
            SciPy is not installed.
        """
        alternative = _worse(self.metric)
        if alternative is None or not self.pairs:
            return 1.0
        factor = 1 - metric_of(self.metric).better * share
        shifted = [([value * factor for value in before], after) for before, after in self.pairs]
        return _p(shifted, alternative)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one sweep to another.

    Attributes
    ----------
    before, after : Results
        The folders.
    changes : tuple of Change
        By metric and settings.
    together : tuple of Change
        By metric, all settings together; only where there are several.
    only_before, only_after : tuple of mapping
        Settings that the other has not.
    warnings : tuple of str
        What else was different: machine, versions, how they were run.
    """

    before: Results
    after: Results
    changes: tuple[Change, ...]
    together: tuple[Change, ...]
    only_before: tuple[Settings, ...]
    only_after: tuple[Settings, ...]
    warnings: tuple[str, ...]


def compared(
    before: Results, after: Results, metrics: Sequence[str] = ("rate",), level: float = LEVEL
) -> Comparison:
    """Compare the trials of two sweeps, setting by setting.

    Parameters
    ----------
    before, after : Results
        The folders.
    metrics : sequence of str
        Which.
    level : float
        The confidence of the intervals, where there are repeats enough.

    Raises
    ------
    ResultsError
        They have no settings in common.
    OptionError
        A metric is in neither.
    ModuleNotFoundError
        SciPy is not installed.
    """
    ours, theirs = _by_key(before), _by_key(after)
    common = [key for key in ours if key in theirs]
    if not common:
        raise ResultsError(
            f"{before.folder} and {after.folder} have no settings in common: "
            f"the first has {_some(ours)}; the second {_some(theirs)}"
        )
    known = metrics_in([*before.records, *after.records])
    refuse_unknown(metrics, known, f"no trial in {before.folder} or {after.folder} has a metric {{}}")
    changes = [_change(ours[key], theirs[key], metric, level) for metric in metrics for key in common]
    together = [_together(metric, [(ours[key], theirs[key]) for key in common]) for metric in metrics]
    return Comparison(
        before,
        after,
        tuple(changes),
        tuple(change for change in together if change is not None),
        tuple(group.settings for key, group in ours.items() if key not in theirs),
        tuple(group.settings for key, group in theirs.items() if key not in ours),
        tuple(differences(before, after)),
    )


def _by_key(results: Results) -> dict[str, Group]:
    return {key_of(group.settings): group for group in groups_of(results.records)}


def _some(groups: dict[str, Group]) -> str:
    return next(iter(groups), "none")


def _change(ours: Group, theirs: Group, metric: str, level: float) -> Change:
    pair = values_of(ours.records, metric), values_of(theirs.records, metric)
    return Change(
        ours.settings,
        metric,
        estimate(pair[0], level),
        estimate(pair[1], level),
        ratio_of(*pair, level),
        **_tests(metric, [pair] if all(pair) else []),
        trials_before=len(ours.records),
        trials_after=len(theirs.records),
        failed_before=ours.nb_failed,
        failed_after=theirs.nb_failed,
    )


def _together(metric: str, groups: Sequence[tuple[Group, Group]]) -> Change | None:
    pairs: list[Pair] = [
        (values_of(ours.records, metric), values_of(theirs.records, metric)) for ours, theirs in groups
    ]
    pairs = [pair for pair in pairs if pair[0] and pair[1]]
    if len(pairs) < 2:
        return None
    ratios = [ratio_of(*pair) for pair in pairs]
    logs = [log(ratio.value) for ratio in ratios if ratio is not None]
    ratio = Ratio(exp(sum(logs) / len(logs))) if len(logs) == len(pairs) else None
    before, after = (Estimate(sum(median(pair[i]) for pair in pairs), len(pairs)) for i in (0, 1))
    return Change(None, metric, before, after, ratio, **_tests(metric, pairs))


def _tests(metric: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """The fields of a change that are about chance."""
    if not pairs:
        return {}
    tests: dict[str, Any] = {
        "pairs": tuple(pairs),
        "p": _p(pairs, "two-sided"),
        "smallest_p": smallest_p(pairs, "two-sided"),
    }
    if (worse := _worse(metric)) is not None:
        tests |= {"p_worse": _p(pairs, worse), "smallest_p_worse": smallest_p(pairs, worse)}
    return tests


def _p(pairs: Sequence[Pair], alternative: Alternative) -> float:
    return rank_test(*pairs[0], alternative) if len(pairs) == 1 else stratified_test(pairs, alternative)


def _worse(metric: str) -> Alternative | None:
    better = metric_of(metric).better
    if better == NEITHER:
        return None
    return "less" if better == HIGHER else "greater"
