"""Any payload comes out of a dead letter as it went in."""

from __future__ import annotations

import math
import tempfile
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from daskflow.deadletters import DeadLetter, DeadLetterFolder

NAMES = st.text(min_size=1, max_size=200)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | arrays.arrays(
        arrays.integer_dtypes() | arrays.floating_dtypes() | arrays.boolean_dtypes(),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda part: st.lists(part) | st.tuples(part, part) | st.dictionaries(st.text(), part),
    max_leaves=8,
)
INPUTS = st.lists(st.tuples(VALUES, st.dictionaries(st.text(), LEAVES)), min_size=1, max_size=3)


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


@given(node=NAMES, run_id=NAMES, number=st.integers(0, 10**9), said=st.text(), inputs=INPUTS)
def test_any_payload_round_trips(node, run_id, number, said, inputs):
    letter = DeadLetter("flow", run_id, node, "task", number, "process", said, said, 0.0)
    with tempfile.TemporaryDirectory() as path:
        folder = DeadLetterFolder(path)
        put = folder.put(letter, inputs)
        assert list(folder.letters()) == [put]
        assert put.has_payload
        assert put.error == said
        assert same(folder.inputs(put), inputs)
