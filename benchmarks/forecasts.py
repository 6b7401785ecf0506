"""How near the verdict's forecasts come: flows with a known bottleneck are run, and run again as advised.

Takes a quarter of a minute for each case, on a machine that does nothing else::

    python -m benchmarks.forecasts                 # all cases
    python -m benchmarks.forecasts "slow node"     # those whose names begin so
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.known_bottlenecks import CASES, KnownBottleneck, Numbers, numbers_in
from daskflow.monitor.verdict import Verdict
from daskflow.plan.table import text_table
from tests.cluster.bottlenecks import running, snapshot_at

SETTLED_S, MEASURED_S = 2.0, 5.0
"""Of each run the first seconds are not measured: edges fill."""

WITHIN = 0.15
"""How far the expected rate may be from the measured one."""


@dataclass(frozen=True)
class Outcome:
    """What was said of a flow, what it did, and what it did as advised, in messages per second."""

    case: KnownBottleneck
    verdict: Verdict
    rate: float
    then: float

    @property
    def is_named(self) -> bool:
        return (self.verdict.reason, self.verdict.bottleneck) == (self.case.reason, self.case.bottleneck)

    @property
    def ratio(self) -> float:
        return (self.verdict.expected_rate or 0.0) / self.then

    @property
    def is_right(self) -> bool:
        return self.is_named and abs(self.ratio - 1.0) <= WITHIN

    @property
    def row(self) -> list[str]:
        expected = self.verdict.expected_rate
        said = f"{self.verdict.reason}: {self.verdict.bottleneck or '-'}"
        return [
            self.case.name,
            said if self.is_named else f"{said} (WRONG)",
            f"{self.rate:.1f}",
            f"{expected:.1f}" if expected else "-",
            f"{self.then:.1f}",
            f"{self.ratio:.2f}",
        ]


def measured(case: KnownBottleneck, advised: Numbers | None) -> tuple[Verdict, float]:
    """Run a case as it is, or with the numbers that were advised for it."""
    part = case.part(advised)
    with case.around(advised), running(part, flow_type=case.flow_type) as flow:
        before = snapshot_at(flow, SETTLED_S)
        after = snapshot_at(flow, SETTLED_S + MEASURED_S)
    return part.verdict(after), part.rate(before, after)


def outcome_of(case: KnownBottleneck) -> Outcome:
    """Run a case, then as advised."""
    verdict, rate = measured(case, None)
    _, then = measured(case, numbers_in(verdict.advice))
    return Outcome(case, verdict, rate, then)


def main(wanted: Sequence[str]) -> int:
    """Print a line for each case; 1 if a bottleneck was not named or a forecast was off."""
    outcomes = []
    for case in CASES:
        if not wanted or case.name.startswith(tuple(wanted)):
            print(f"{case.name} ...", file=sys.stderr)
            outcomes.append(outcome_of(case))
            print(f"  {outcomes[-1].verdict}", file=sys.stderr)
    header = ["case", "said", "rate", "expected", "measured", "expected/measured"]
    print(text_table(header, [outcome.row for outcome in outcomes]))
    right = sum(outcome.is_right for outcome in outcomes)
    print(f"\n{right} of {len(outcomes)} named, and expected within {WITHIN:.0%} of what was measured")
    return 0 if right == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
