"""Laws of scaling: how a rate grows with the number of workers, fitted to what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt
from statistics import median

import numpy as np

from daskflow.core.lazy import missing_package
from daskflow.experiments.analysis.estimates import LEVEL

AMDAHL, USL = "Amdahl", "USL"

FEWEST_POINTS = 3
"""Numbers of workers that a fit needs: two points lie on any curve."""

FEWEST_REPEATS = 5
"""Rates at each point from which intervals are made by resampling; fewer have too few different medians."""

_NOTHING = 1e-9
"""A share of a message's time that is rounding: no peak is made of it."""

RESAMPLES = 500
"""Fits that intervals are made of."""


@dataclass(frozen=True, slots=True)
class Law:
    """A law of scaling with its parameters.

    The rate of N workers is ``rate * N / (1 + contention * (N - 1) + coherency * N * (N - 1))``.

    Attributes
    ----------
    name : str
        ``"Amdahl"`` or ``"USL"``.
    rate : float
        Of one worker, in messages per second.
    contention : float
        Share of the work that only one can do at a time, 0 to 1.
    coherency : float
        Cost of each pair of workers to one another, as a share of a message's work; 0 in Amdahl's law.
    residuals : mapping of float to float
        By number of workers, how far the measured median lies above the law, as a share of the law's rate.
    intervals : mapping of str to (float, float)
        Of ``"contention"``, ``"coherency"`` and ``"peak"``, at a confidence of 0.95; empty with fewer than
        `FEWEST_REPEATS` rates at a point. The end of a peak's may be infinite.
    """

    name: str
    rate: float
    contention: float
    coherency: float
    residuals: Mapping[float, float]
    intervals: Mapping[str, tuple[float, float]]

    def predict(self, workers: float) -> float:
        """The rate of so many `workers`, in messages per second."""
        lost = self.contention * (workers - 1) + self.coherency * workers * (workers - 1)
        return self.rate * workers / (1 + lost)

    @property
    def peak(self) -> float:
        """The number of workers with the highest rate; infinite where more are always faster."""
        if self.coherency == 0:
            return inf
        return max(1.0, sqrt((1 - self.contention) / self.coherency))

    @property
    def limit(self) -> float:
        """The rate that no number of workers exceeds, in messages per second; infinite without one."""
        if self.coherency > 0:
            return self.predict(self.peak)
        return self.rate / self.contention if self.contention > 0 else inf

    @property
    def spread(self) -> float:
        """The root mean square of the residuals, as a share."""
        return sqrt(sum(residual**2 for residual in self.residuals.values()) / len(self.residuals))

    @property
    def is_tested(self) -> bool:
        """Whether there are more points than parameters, so that the residuals say whether the law holds.

        A parameter that is held at its bound is free no longer.
        """
        return len(self.residuals) > 1 + (0 < self.contention < 1) + (self.coherency > 0)


def fit_law(name: str, rates: Mapping[float, Sequence[float]], resamples: int = RESAMPLES) -> Law | str:
    """Fit a law to rates that were measured with several numbers of workers.

    Amdahl's law [1]_ has one cost: work that only one can do at a time. The Universal Scalability Law [2]_
    has a second, of workers who must agree with each other, which grows with their pairs; with it more
    workers are slower from some number on, the peak.

    Both laws are linear in ``workers / rate``, whose coefficients are found by non-negative least squares:
    that holds contention between 0 and 1 and coherency at 0 or above, has one solution and needs no first
    guess. Relative errors count, so that slow points weigh as much as fast ones. The law is fitted to
    the medians.

    Parameters
    ----------
    name : str
        `AMDAHL` or `USL`.
    rates : mapping of float to sequence of float
        Messages per second by number of workers.
    resamples : int
        Fits that intervals are made of; 0 for no intervals. A fit takes a tenth of a millisecond.

    Returns
    -------
    Law or str
        The law, or why there is none.

    Raises
    ------
    ModuleNotFoundError
        SciPy is not installed.

    References
    ----------
    .. [1] G. M. Amdahl, *Validity of the single processor approach to achieving large scale computing
       capabilities*, AFIPS 1967.
    .. [2] N. J. Gunther, *Guerrilla Capacity Planning*, Springer 2007, chapters 4 to 6.
    """
    points = {workers: list(values) for workers, values in sorted(rates.items()) if values}
    medians = {workers: median(values) for workers, values in points.items()}
    if len(points) < FEWEST_POINTS:
        return (
            f"a fit needs rates at {FEWEST_POINTS} numbers of workers at least, and there are {len(points)}"
        )
    if min(points) <= 0 or min(medians.values()) <= 0:
        return "a fit needs numbers of workers and rates above zero"
    law = _fitted(name, medians)
    if law is None:
        return "the rates fall more steeply than the law allows"
    if not resamples or min(map(len, points.values())) < FEWEST_REPEATS:
        return law
    return replace(law, intervals=_intervals(name, points, resamples))


def _fitted(name: str, medians: Mapping[float, float]) -> Law | None:
    workers, rates = np.array([*medians]), np.array([*medians.values()])
    # workers / rate = (1 - contention) / rate1 + contention / rate1 * N + coherency / rate1 * N (N - 1): each
    # row divided by what it should give, and all coefficients at least zero.
    columns = [np.ones_like(workers, dtype=float), workers]
    if name == USL:
        columns.append(workers * (workers - 1))
    try:
        from scipy.optimize import nnls
    except ModuleNotFoundError as error:
        raise missing_package("A fit of scaling laws", "scipy") from error
    weighted = np.stack(columns, axis=1) * (rates / workers)[:, None]
    scale = np.linalg.norm(weighted, axis=0)  # of a size, whatever the unit and number of workers
    scale[scale == 0] = 1.0
    solution, _ = nnls(weighted / scale, np.ones(len(workers)))
    solution[(weighted / scale * solution).max(axis=0) < _NOTHING] = 0.0
    free, serial, *rest = (solution / scale).tolist()
    pairs = rest[0] if rest else 0.0
    if free + serial <= 0:
        return None  # coherency alone: one worker would have no end of a rate
    law = Law(name, 1 / (free + serial), serial / (free + serial), pairs / (free + serial), {}, {})
    residuals = {count: rate / law.predict(count) - 1 for count, rate in medians.items()}
    return replace(law, residuals=residuals)


def _intervals(
    name: str, points: Mapping[float, Sequence[float]], count: int
) -> dict[str, tuple[float, float]]:
    """Percentile intervals over fits to medians of resampled rates."""
    random = np.random.default_rng(0)  # the same data, the same report
    resampled = {
        workers: np.median(random.choice(values, (count, len(values))), axis=1)
        for workers, values in points.items()
    }
    fits = [
        _fitted(name, {workers: float(medians[i]) for workers, medians in resampled.items()})
        for i in range(count)
    ]
    laws = [law for law in fits if law is not None]
    return {
        what: _middle([getattr(law, what) for law in laws]) for what in ("contention", "coherency", "peak")
    }


def _middle(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    cut = int(len(ordered) * (1 - LEVEL) / 2)
    return ordered[cut], ordered[-1 - cut]
