"""Only what has changed is sent."""

from __future__ import annotations

import pytest
from bokeh.document import Document

from daskflow.monitor.page.slots import Slots


def test_only_changed_rows_are_sent():
    slots = Slots({("a", "text"): "1", ("a", "class"): "x", ("b", "text"): "2"})
    doc = Document()
    doc.add_root(slots.root)
    sent = []
    doc.on_change_dispatch_to(_Listener(sent))

    assert slots.fill({("a", "text"): "1", ("b", "text"): "3"}) == 1
    assert slots.fill({("a", "text"): "1", ("b", "text"): "3"}) == 0

    assert [event.patches for event in sent] == [{"value": [(2, "3")]}]


def test_a_session_that_comes_later_has_all_of_it():
    slots = Slots({("a", "text"): "1", ("b", "text"): "2"})
    slots.fill({("b", "text"): "3"})
    (source,) = slots.root.tags
    assert list(zip(source.data["element"], source.data["value"], strict=True)) == [("a", "1"), ("b", "3")]


def test_an_unknown_slot_is_an_error():
    with pytest.raises(KeyError):
        Slots({("a", "text"): ""}).fill({("b", "text"): "1"})


class _Listener:
    def __init__(self, sent):
        self._sent = sent

    def _columns_patched(self, event):
        self._sent.append(event)
