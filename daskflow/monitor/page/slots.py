"""The places of a page whose content changes, and how what is new gets to the browser."""

from __future__ import annotations

from collections.abc import Mapping

from bokeh.core.properties import without_property_validation
from bokeh.models import ColumnDataSource, CustomJS, Div

Slot = tuple[str, str]
"""An element's id, and what of it changes: ``"text"``, ``"html"``, or the name of an attribute."""


class Slots:
    """All slots of a page, as rows of a data source: only the rows that have changed are sent.

    In the browser a function of ``page.js`` writes them into the elements. The elements themselves are part
    of the page that was first loaded: nothing is drawn anew, and what a user has unfolded or marked stays.

    Parameters
    ----------
    content : mapping of Slot to str
        All slots, and what is in them at first.

    Attributes
    ----------
    root : bokeh.models.Div
        To be added to the document; it shows nothing.
    """

    def __init__(self, content: Mapping[Slot, str]) -> None:
        self._row = {slot: i for i, slot in enumerate(content)}
        self._content = list(content.values())
        self._source = ColumnDataSource(
            {
                "element": [element for element, _ in content],
                "what": [what for _, what in content],
                "value": list(self._content),
            }
        )
        self.write = CustomJS(args={"source": self._source}, code="window.daskflow.write(source.data)")
        """What the browser has to do once the document is there."""
        self._source.js_on_change("patching", self.write)
        self.root = Div(name="slots", tags=[self._source], visible=False)

    @without_property_validation  # type: ignore[untyped-decorator]  # Bokeh's; it would look at every row
    def fill(self, content: Mapping[Slot, str]) -> int:
        """Put something into slots, and say how many have changed. Slots that are not named stay as they are.

        Raises
        ------
        KeyError
            There is no such slot.
        """
        changed: list[tuple[int | slice, str]] = []
        for slot, value in content.items():
            row = self._row[slot]
            if self._content[row] != value:
                self._content[row] = value
                changed.append((row, value))
        if changed:
            self._source.patch({"value": changed})
        return len(changed)
