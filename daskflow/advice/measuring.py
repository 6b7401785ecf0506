"""Runs a flow once to measure it."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daskflow.advice.measured import profile_of
from daskflow.advice.profile import FlowProfile
from daskflow.cluster.run import Run
from daskflow.core.node import Node
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.errors import ProfileError
from daskflow.monitor.figures import flow_length, progress_of
from daskflow.monitor.sampling.sample import Sample
from daskflow.options import FlowOptions
from daskflow.plan import Plan

WARM_UP = 0.1
"""This part of the messages, beside those that count, come first: caches are cold, models load at the first
call, and edges fill."""

WARM_UP_S = 0.5
"""And for so long at least, where messages are quick."""

LEAST_S = 2.0
"""So long is measured at least: processes' time is counted in hundredths of a second."""

LOOK_EVERY_S = 0.1

LEAST_MESSAGES = 5
"""Of fewer messages at the end of the flow nothing is made."""


Watcher = Callable[[int, float], None]
"""Is told how many messages have come to the end of the flow, and how many come per second."""


def measure(
    plan: Plan,
    nodes: Sequence[Node],
    options: FlowOptions,
    *,
    messages: int,
    cluster: Mapping[str, Any],
    gpus: int,
    watcher: Watcher,
) -> FlowProfile:
    """Run a flow until so many messages have come to its end, and drain it. Blocks.

    The nodes themselves stay as they are: workers have copies, and results go to a copy too.

    Parameters
    ----------
    plan : Plan
        What to run.
    nodes : sequence of Node
        The nodes, in the plan's order.
    options : FlowOptions
        What holds for the run.
    messages : int
        How many, after the first ones.
    cluster : mapping
        Arguments of `FlowCluster`.
    gpus : int
        How many GPUs the flow may use.
    watcher : callable
        Is told how far it has come.

    Raises
    ------
    ProfileError
        The flow ended before there was anything to measure.
    FlowFailed
        It failed, as `Flow.join` says.
    KeyboardInterrupt
        After Ctrl-C, when the flow has been ended.
    """
    copies = [copy.copy(node) if isinstance(node, CallerConsumerNode) else node for node in nodes]
    run = Run(plan, copies, options, cluster)
    try:
        profile = _watched(run, nodes, options, messages, gpus, watcher)
        if not run.has_ended:
            run.stop(drain=True)
            run.wait()
    except BaseException:
        if not run.has_ended:
            run.stop(drain=False)
            run.wait()
        raise
    if run.failure is not None:
        raise run.failure
    return profile()


def _watched(
    run: Run,
    nodes: Sequence[Node],
    options: FlowOptions,
    messages: int,
    gpus: int,
    watcher: Watcher,
) -> Callable[[], FlowProfile]:
    """Block until there is enough, or the flow has ended; what is returned makes the profile of it."""
    total = flow_length(nodes)
    warm_up = WARM_UP * (messages if total is None else min(messages, total))
    since: Sample | None = None
    began, begun_s = 0, 0.0
    payload_bytes: dict[str, int] = {}
    while not run.wait(LOOK_EVERY_S):
        progress = progress_of(run.monitor.now())
        done, elapsed_s = progress.done, progress.elapsed_s
        watcher(done, done / elapsed_s if elapsed_s else 0.0)
        if since is None:
            if done >= max(1.0, warm_up) and elapsed_s >= WARM_UP_S:
                since, began, begun_s = run.monitor.mark(), done, time.monotonic()
                payload_bytes = run.monitor.payload_bytes()  # now: at the end its files may be gone
        elif done - began >= messages and time.monotonic() - begun_s >= LEAST_S:
            break
    until = run.monitor.mark()
    done = progress_of(run.monitor.now()).done

    def made() -> FlowProfile:
        if done < LEAST_MESSAGES:
            raise ProfileError(
                f"a profile takes {LEAST_MESSAGES} messages at the end of the flow at least, and "
                f"{_so_many(done)} before it ended: give it more of them"
            )
        # A flow that was over before it was warm, or shortly after, is judged by all it did.
        is_short = since is None or done - began < done / 2
        snapshot = run.monitor.between(since, until) if since and not is_short else run.monitor.latest()
        return profile_of(snapshot, options, whole=is_short, payload_bytes=payload_bytes, gpus=gpus)

    return made


def _so_many(done: int) -> str:
    """How many came, in words."""
    return "none came" if not done else f"{done} came"
