"""How processes end, in words."""

from __future__ import annotations

import signal
from pathlib import Path

from daskflow.transport.surroundings import LATE, NEIGHBOUR, TOO_LARGE

_CRASHES = {
    signal.SIGSEGV: "a segmentation fault in native code",
    signal.SIGABRT: "native code gave up",
    signal.SIGBUS: "a bus error in native code",
    signal.SIGFPE: "an arithmetic error in native code",
    signal.SIGILL: "an illegal instruction in native code",
}


def described_exit(exit_code: int | None, killed_for: str | None, *, memory_ran_out: bool) -> str:
    """What ended a process, as part of a sentence.

    Parameters
    ----------
    exit_code : int or None
        Negative for a signal; None if nobody knows.
    killed_for : str or None
        Why the run itself killed it, if it did.
    memory_ran_out : bool
        Whether the kernel killed processes for lack of memory since the run began.
    """
    if killed_for == LATE:
        return "it was killed because a call took longer than process_timeout_s"
    if killed_for == TOO_LARGE:
        return "it was killed because it took more memory than memory_limit"
    if killed_for == NEIGHBOUR:
        return "it was killed because another task in it went beyond process_timeout_s or memory_limit"
    if exit_code is None:
        return "how it ended is not known"
    if exit_code >= 0:
        return f"it exited with status {exit_code}"
    try:
        number = signal.Signals(-exit_code)
    except ValueError:
        return f"it was killed by signal {-exit_code}"
    if number in _CRASHES:
        return f"it crashed with {number.name}: {_CRASHES[number]}"
    if number == signal.SIGKILL and memory_ran_out:
        return "it was killed by SIGKILL: the machine ran out of memory, and the kernel killed it"
    if number == signal.SIGKILL:
        return "it was killed by SIGKILL from outside, and not by the kernel for lack of memory"
    return f"it was killed by {number.name}"


def kills_for_lack_of_memory() -> int:
    """How many processes the kernel has killed since it started, for lack of memory."""
    try:
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
