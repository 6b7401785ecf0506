"""Recent warnings, errors and dead letters."""

from __future__ import annotations

import time
from collections.abc import Mapping

from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import escaped
from daskflow.monitor.parts import Mishap
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

MOST = 50
"""How many are shown, the latest first."""

LONGEST = 20_000
"""Letters of a traceback that are shown, of its end."""


class Mishaps(TextPart):
    """A list, whose tracebacks unfold."""

    html = '<div id="mishaps" class="df-mishaps" aria-live="polite"></div>'

    def __init__(self) -> None:
        self._shown: tuple[Mishap, ...] | None = None
        self._html = ""

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """The list as a whole; it seldom changes."""
        if snapshot.mishaps != self._shown:
            self._shown = snapshot.mishaps
            self._html = "".join(map(_entry, reversed(snapshot.mishaps[-MOST:]))) or (
                '<p class="df-quiet">No warnings, errors or dead letters so far.</p>'
            )
        return {("mishaps", "html"): self._html}


def _entry(mishap: Mishap) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(mishap.time_s))
    kind = "dead letter" if mishap.is_dead_letter else mishap.level.lower()
    number = "" if mishap.number is None else f", message {mishap.number}"
    words = (
        f"<time>{clock}</time> "
        f'<span class="df-level df-level-{escaped(mishap.level.lower())}">{escaped(kind)}</span> '
        f"<b>{escaped(mishap.task or mishap.node)}</b>{number}: {escaped(mishap.words)}"
    )
    if not mishap.traceback:
        return f'<div class="df-mishap">{words}</div>'
    identity = f"mishap-{mishap.time_s:.6f}-{mishap.number}"
    return (
        f'<details class="df-mishap" id="{escaped(identity)}"><summary>{words}</summary>'
        f"<pre>{escaped(mishap.traceback[-LONGEST:])}</pre></details>"
    )
