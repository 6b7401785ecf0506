"""``python -m daskflow.experiments.forecast [FLOW ...]``: forecasts beside what came of them."""

from __future__ import annotations

import sys
import warnings

from daskflow.experiments.forecast.comparing import Comparison, compare
from daskflow.experiments.forecast.flows import FLOWS, TARGET_RATES
from daskflow.plan.table import text_table

HEADER = ("flow", "tasks", "expected", "interval", "measured", "error", "latency", "measured", "others took")


def main(names: list[str]) -> int:
    """Compare some of the flows, or all; the exit status."""
    unknown = [name for name in names if name not in FLOWS]
    if unknown:
        print(f"there is no flow {unknown[0]!r}: expected {', '.join(FLOWS)}", file=sys.stderr)
        return 2
    warnings.filterwarnings("ignore", message=".*tasks of replicated nodes on.*")  # that is the point
    rows = []
    for name in names or FLOWS:
        comparison = compare(FLOWS[name](), TARGET_RATES.get(name))
        print(f"\n{name}\n{comparison.advice}", file=sys.stderr)
        rows.append(row_of(comparison))
    print(text_table(HEADER, rows))
    return 0


def row_of(comparison: Comparison) -> list[str]:
    """A line of the table; rates in messages per second, latencies in ms, others in cores then and now."""
    advice = comparison.advice
    more = {name: number for name, number in advice.nb_tasks.items() if number > 1}
    return [
        comparison.name,
        ", ".join(f"{name} {number}" for name, number in more.items()) or "1 each",
        f"{advice.expected_rate:.1f}",
        f"{advice.lowest_rate:.0f} to {advice.highest_rate:.0f}",
        f"{comparison.rate:.1f}",
        f"{comparison.error:+.1%}",
        # At a target rate it is that of messages that come so, and here they come as fast as they can.
        f"{1e3 * advice.expected_latency_s:.0f}" if advice.target_rate is None else "",
        f"{1e3 * comparison.latency_s:.0f}",
        f"{advice.profile.foreign_cores:.1f}, {comparison.foreign_cores:.1f}",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
