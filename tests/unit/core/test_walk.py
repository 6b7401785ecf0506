"""Finding things in results: in which containers, and what becomes of those."""

from __future__ import annotations

import weakref
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from daskflow.core.walk import with_replaced


class Meant:
    pass


class Pair(NamedTuple):
    one: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Box:
    pixels: Any
    label: str = "cat"


@dataclass
class Track:
    boxes: list[Box]
    before: Any = None
    count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.count += 1


Old = namedtuple("Old", "a b")


def replaced(value: Any) -> Any:
    return with_replaced(value, lambda item: isinstance(item, Meant), lambda item: "replaced")


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (Meant(), "replaced"),
        ([1, Meant()], [1, "replaced"]),
        ((Meant(), {"n": 1}), ("replaced", {"n": 1})),
        ({"a": [Meant(), (Meant(),)], 2: 3}, {"a": ["replaced", ("replaced",)], 2: 3}),
        (Pair(Meant(), 2), Pair("replaced", 2)),
        (Old(1, [Meant()]), Old(1, ["replaced"])),
        (Box(Meant()), Box("replaced")),
        ({"t": Track([Box(Meant(), "dog")])}, {"t": Track([Box("replaced", "dog")])}),
    ],
)
def test_containers_are_copied_as_what_they_are(value: Any, result: Any) -> None:
    found = replaced(value)
    assert found == result
    assert type(found) is type(result)


def test_what_is_given_is_not_changed() -> None:
    box = Box(Meant())
    value = {"boxes": [box], "track": Track([box])}
    replaced(value)
    assert value["boxes"] == [box] == value["track"].boxes
    assert isinstance(box.pixels, Meant)


@pytest.mark.parametrize(
    "value", [1, "text", None, [1, [2]], (1, (2,)), {"a": {}}, Box(1), Pair(1, 2), Box, OrderedDict(a=1), []]
)
def test_a_value_with_nothing_in_it_stays_the_same_object(value: Any) -> None:
    assert replaced(value) is value


def test_containers_beside_the_one_that_changes_stay_the_same() -> None:
    beside = [1, 2]
    found = replaced([beside, [Meant()]])
    assert found[0] is beside


def test_an_object_that_occurs_twice_is_replaced_once() -> None:
    meant, made = Meant(), []
    found = with_replaced(
        [meant, {"same": meant}], lambda x: x is meant, lambda x: made.append(1) or object()
    )
    assert found[0] is found[1]["same"]
    assert made == [1]


def test_a_circle_ends() -> None:
    track = Track([Box(Meant())])
    track.before = track
    found = replaced(track)
    assert found.boxes[0].pixels == "replaced"
    assert found.before is track


def test_fields_that_were_never_set_are_no_matter() -> None:
    @dataclass
    class Lazy:
        pixels: Any
        later: Any = field(init=False)

    found = replaced(Lazy(Meant()))
    assert found.pixels == "replaced"
    assert not hasattr(found, "later")


def test_nothing_is_kept_alive() -> None:
    meant = Meant()
    end = weakref.ref(meant)
    found = replaced([meant, {"a": (meant,)}])
    del meant
    assert end() is None
    assert found == ["replaced", {"a": ("replaced",)}]
