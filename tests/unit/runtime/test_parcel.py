"""What comes out of a parcel is what would come out of an edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daskflow.runtime.parcel import Parcel


def opened(value: Any, *, private: bool = False) -> Any:
    return Parcel((value, {})).open(private=private)[0]


def test_arrays_are_not_copied_and_cannot_be_written_to():
    array = np.arange(6).reshape(2, 3)
    seen = opened(array)
    assert np.shares_memory(seen, array)
    assert not seen.flags.writeable
    assert array.flags.writeable  # for who made it, as before


@pytest.mark.parametrize("inside", [False, True])
def test_who_wants_to_write_gets_a_copy_each_time(inside):
    array = np.zeros(3)
    parcel = Parcel(([array] if inside else array, {}))
    first, second = (parcel.open(private=True)[0] for _ in range(2))
    if inside:
        (first,), (second,) = first, second
    first[0] = 1
    assert second[0] == array[0] == 0


def test_arrays_inside_of_something_are_read_only_views_too():
    array = np.zeros(30_000)
    (seen,) = opened([array])
    assert np.shares_memory(seen, array)
    assert not seen.flags.writeable


def test_views_with_gaps_become_whole():
    assert opened(np.zeros((4, 6))[:, ::2]).flags.c_contiguous
    assert opened(np.zeros((4, 6)).T).flags.f_contiguous  # as a pickle keeps it


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "text",
        b"bytes",
        (1, [2]),
        {"a": {1}},
        np.float32(2),
        np.array(["x", "yy"]),
        np.array([{}], object),
    ],
    ids=repr,
)
def test_anything_arrives(value):
    seen = opened(value)
    assert type(seen) is type(value)
    assert np.all(seen == value)


def test_changes_stay_with_who_makes_them():
    value, metadata = {"boxes": [1]}, {"trail": [1], "time": 2.0}
    parcel = Parcel((value, metadata))
    seen, about = parcel.open(private=False)
    seen["boxes"].append(2)
    about["trail"].append(2)
    about["more"] = 1
    assert (value, metadata) == ({"boxes": [1]}, {"trail": [1], "time": 2.0})
    assert parcel.open(private=False) == (value, metadata)


def test_plain_metadata_are_each_receivers_own():
    parcel = Parcel((1, {"time": 2.0}))
    parcel.open(private=False)[1]["time"] = 3.0
    assert parcel.open(private=False)[1] == {"time": 2.0}


def test_what_cannot_be_pickled_does_not_arrive():
    with pytest.raises(TypeError, match="generator"):
        Parcel((iter_of_ints(), {}))


def iter_of_ints():
    yield 1
