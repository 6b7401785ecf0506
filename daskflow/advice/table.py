"""Profiles and advice as text for people."""

from __future__ import annotations

from daskflow.advice.advice import Advice
from daskflow.advice.fusing import fused_profile, names_when_fused
from daskflow.advice.model import Model
from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.monitor.verdict.figures import amount, called, listed, per_second, several, share, time
from daskflow.plan.table import text_table

SURE, FAIRLY = 0.3, 0.6
"""So far apart, as a part of the rate, the ends of its interval are at most where one is (fairly) sure."""


def profile_table(profile: FlowProfile) -> str:
    """What each node costs, and what limited the flow."""
    header = ["node", "tasks", "ms each", "median", "99 %", "copying", "cpu ms", "passes", "result"]
    rows = [_profile_row(node) for node in profile.nodes.values()]
    heading = (
        f"flow {profile.flow_name} ({profile.flow_type}): {profile.messages} messages in "
        f"{amount(profile.span_s)} s, {per_second(profile.rate)}; {profile.cores} cores, of which something "
        f"else took {amount(profile.foreign_cores)}"
    )
    return f"{heading}\n\n{text_table(header, rows)}\n\n{profile.verdict}"


def _profile_row(node: NodeProfile) -> list[str]:
    return [
        node.name,
        str(node.nb_tasks),
        _ms(node.service.mean_s),
        _ms(node.service.quantile_s(0.5)),
        _ms(node.service.quantile_s(0.99)),
        _ms(node.copying_s),
        _ms(node.cpu_s),
        share(node.passed),
        "" if node.payload_bytes is None else f"{amount(node.payload_bytes / 1e3)} kB",
    ]


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}"


def advice_text(advice: Advice) -> str:
    """The tasks of each node, what the flow would do, what limits it then, and how sure that is."""
    header = ["node", "tasks", "advised", "can do", "occupied", "cores"]
    table = text_table(header, advice_rows(advice))
    return "\n".join([table, "", *advice_sentences(advice)])


def advice_rows(advice: Advice) -> list[list[str]]:
    """For each node or chain: its tasks as measured and as advised, what they can do, and what they take."""
    measured = fused_profile(advice.profile, advice.fuse)
    model, rate = Model(measured, advice.cores), rate_of(advice)
    names = names_when_fused(advice.profile.nodes, advice.fuse)
    tasks = {one: advice.nb_tasks[name] for name, one in names.items()}
    rows = []
    for name, node in measured.nodes.items():
        can_do = model.station(node, tasks[name]).rate
        rows.append(
            [
                name,
                str(node.nb_tasks),
                str(tasks[name]),
                f"{amount(can_do)}/s",
                share(min(1.0, rate / can_do)),
                f"{rate * node.cpu_s * node.part:.2f}",
            ]
        )
    return rows


def advice_sentences(advice: Advice) -> list[str]:
    """What is said below the table, a line for each thing."""
    low, high = amount(advice.lowest_rate), amount(advice.highest_rate)
    lines = [
        f"{per_second(advice.expected_rate)} expected ({low} to {high}: {sureness_words(advice)}), "
        f"limited by {advice.limit}."
    ]
    at = f" at {per_second(rate_of(advice))}" if advice.target_rate is not None else ""
    lines.append(
        f"Latency{at} about {time(advice.expected_latency_s)}; {amount(advice.cores_needed)} of "
        f"{several(advice.cores, 'core')} busy."
    )
    if advice.missing:
        lines.append(f"{per_second(advice.target_rate or 0.0)} is not reached: {advice.missing}.")
    lines.extend(f"Not sure since {doubt}." for doubt in advice.doubts)
    for chain in advice.fuse:
        names = listed([called(name) for name in chain])
        lines.append(f"{names} in one task, with fewer hops.")
    for name, size in advice.queue_sizes.items():
        lines.append(f"A queue_size of {size} at {called(name)}, since what was skipped counts there.")
    return lines


def rate_of(advice: Advice) -> float:
    """What latency and cores are said for, in messages per second."""
    if advice.target_rate is not None and advice.target_rate < advice.expected_rate:
        return advice.target_rate
    return advice.expected_rate


def sureness_words(advice: Advice) -> str:
    """How sure the rate is, in a word or two."""
    apart = (advice.highest_rate - advice.lowest_rate) / advice.expected_rate
    return "sure" if apart <= SURE else "fairly sure" if apart <= FAIRLY else "a guess"
