"""What the parts of the page have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from daskflow.monitor.page.slots import Slot
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict


class Part(Protocol):
    """One part of the page, of one run and one session."""

    @property
    def html(self) -> str:
        """Its elements, without what changes."""

    @property
    def models(self) -> Mapping[str, Any]:
        """Bokeh's models that are part of it, by the names that they have in the template."""

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """What is to be in its slots; always the same ones."""

    def draw(self, snapshot: RunSnapshot) -> None:
        """Bring its models up to date, sending only what is new."""


class TextPart:
    """A part that has no models of Bokeh's."""

    models: Mapping[str, Any] = {}

    def draw(self, snapshot: RunSnapshot) -> None:
        """There is nothing to draw."""
