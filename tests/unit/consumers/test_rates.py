from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from daskflow.consumers.rates import nominal_rate


@pytest.mark.parametrize(
    ("wanted", "rate"),
    [
        (Fraction(30_000, 1001), Fraction(30_000, 1001)),
        (np.int64(25), 25),
        (np.float32(12.5), Fraction(25, 2)),
        (29.97, Fraction(2997, 100)),
        (1e-9, Fraction(1, 1001)),
    ],
)
def test_rates(wanted: object, rate: Fraction) -> None:
    found = nominal_rate(wanted)
    assert found == rate
    assert {type(found.numerator), type(found.denominator)} == {int}


@pytest.mark.parametrize("wanted", [None, 0, -1, 1e6, float("nan"), float("inf"), np.float32("nan"), "fast"])
def test_what_is_no_rate(wanted: object) -> None:
    assert nominal_rate(wanted) == 30
