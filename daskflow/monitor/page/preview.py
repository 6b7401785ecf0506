"""Pictures of an edge, for as long as somebody looks at them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from bokeh.models import Select

from daskflow.monitor.page.slots import Slot
from daskflow.monitor.parts import Edge
from daskflow.monitor.runs import WatchedRun
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

NOTHING = ("", "nothing")
STYLE = """
.bk-input, .bk-input option { background-color: var(--panel); color: var(--ink); border-color: var(--line); }
select.bk-input { appearance: auto !important; background-image: none !important;
  padding-right: 4px !important; }
"""
"""Bokeh's widgets are out of reach of the page's style sheet, but not of its variables. The arrow is the
browser's own, since Bokeh's is black in the dark theme too."""

BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class Preview:
    """A choice of edges, and the picture of the chosen one.

    Parameters
    ----------
    run : WatchedRun
        Which is asked for pictures, but only while an edge is chosen.
    snapshot : RunSnapshot
        Of the run.
    """

    html = (
        '<p id="preview-words" class="df-quiet"></p>'
        f'<img id="preview-picture" alt="" src="{BLANK}" class="df-picture"/>'
    )

    def __init__(self, run: WatchedRun, snapshot: RunSnapshot) -> None:
        self._run = run
        self._edges: list[Edge] = list(snapshot.edges)
        self._number: int | None = None
        self._source = BLANK
        self._choice = ""
        self._chooser = Select(
            options=[NOTHING], value="", width=360, margin=(0, 0, 4, 0), stylesheets=[STYLE]
        )
        self.models: Mapping[str, Any] = {"preview_chooser": self._chooser}

    def draw(self, snapshot: RunSnapshot) -> None:
        """Offer the edges that carry pictures."""
        offered = [NOTHING]
        if snapshot.can_preview:
            offered += [
                (str(i), f"{edge[0]} → {edge[1]}")
                for i, edge in enumerate(self._edges)
                if snapshot.edges[edge].carries_pictures
            ]
        if offered != self._chooser.options:
            self._chooser.options = offered
        if self._chooser.value not in [value for value, _ in offered]:
            self._chooser.value = ""

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """See `look`."""
        return self.look(snapshot)

    def look(self, snapshot: RunSnapshot) -> Mapping[Slot, str]:
        """The picture, and what there is to say of it; asks the run for the next one."""
        choice = self._chooser.value
        if choice != self._choice:
            self._choice, self._source, self._number = choice, BLANK, None
        if choice and snapshot.can_preview:
            self._take(self._edges[int(choice)])
        words = self._words(snapshot)
        return {
            ("preview-words", "text"): words,
            ("preview-picture", "src"): self._source,
            ("preview-picture", "alt"): words if self._source != BLANK else "",
        }

    def _take(self, edge: Edge) -> None:
        picture = self._run.picture(*edge)
        if picture is not None and picture.number != self._number:
            self._number = picture.number
            self._source = "data:image/jpeg;base64," + base64.b64encode(picture.jpeg).decode("ascii")

    def _words(self, snapshot: RunSnapshot) -> str:
        if not snapshot.can_preview:
            return "Looking at pictures is switched off for this run."
        if not self._choice:
            if len(self._chooser.options) == 1:
                return "No edge has carried pictures so far."
            return "Choose an edge, here or in the graph. Nothing is made or sent unless one is chosen."
        edge = self._edges[int(self._choice)]
        if self._number is None:
            return f"Waiting for a picture from {edge[0]} to {edge[1]} …"
        return f"{edge[0]} → {edge[1]}, message {self._number:,}"
