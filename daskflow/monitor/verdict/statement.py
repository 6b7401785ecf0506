"""What is said of a run and its nodes."""

from __future__ import annotations

from dataclasses import dataclass

# Why a flow is no faster.

SLOW_PRODUCER = "slow producer"
"""A source is never blocked: it computes for long, or waits for a camera, a clock or a disk."""

SLOW_PROCESSOR = "slow processor"
"""The tasks of a processor are busy, and those before it blocked, or messages dropped at its edge."""

SLOW_STATEFUL = "slow stateful processor"
"""The same of a processor that keeps state, which one task has to run."""

SLOW_CONSUMER = "slow consumer"
"""The same at an end of the flow; or it waits until the main program takes its results."""

FEW_CORES = "too few cores"
"""Tasks that compute wait for a core, or the scheduler answers late though it has little to do."""

FULL_MEMORY = "full shared memory"
"""Slots are on disk, and copying into them takes the time."""

SMALL_EDGE = "small edge"
"""No node is busy all the time, and an edge is too small to even their times out."""

SLOW_LEDGER = "overloaded scheduler"
"""Tasks wait for the answers of the scheduler."""

UNKNOWN = "not known yet"
"""There are not 20 messages and a second yet."""


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """What a node could do, and what it does, in messages per second.

    Attributes
    ----------
    name : str
        The node.
    possible_rate : float
        What its tasks could finish if they never waited; 0 where that is not known.
    actual_rate : float
        What they finish.
    utilisation : float
        Share of its tasks' time that they did not wait, from 0 to 1.
    is_bottleneck : bool
        Whether it cannot keep up with what the nodes before it could give.
    is_effective_bottleneck : bool
        Whether it is the one that limits the flow.
    """

    name: str
    possible_rate: float
    actual_rate: float
    utilisation: float
    is_bottleneck: bool = False
    is_effective_bottleneck: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What limits a flow, why, and what would help.

    Attributes
    ----------
    reason : str
        Which of the cases it is, such as `SLOW_PROCESSOR`.
    bottleneck : str or None
        The node that limits the flow; None where it is no node, or not known.
    rate : float
        Messages per second that come to the end of the flow, those that a node skips on the way included.
    words : str
        Which, and why: ``"detector limits the flow to 21 messages/s: its 2 tasks are busy"``.
    advice : str
        What would help: ``"3 tasks: 31 messages/s expected"``; empty where nothing is to be done.
    expected_rate : float or None
        What the flow would do after that, in messages per second, where it can be said.
    nodes : tuple of NodeVerdict
        In topological order.
    """

    reason: str
    bottleneck: str | None
    rate: float
    words: str
    advice: str = ""
    expected_rate: float | None = None
    nodes: tuple[NodeVerdict, ...] = ()

    def __str__(self) -> str:
        return f"{self.words}. {self.advice}" if self.advice else self.words
