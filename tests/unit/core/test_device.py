"""Arrays on either side, with a stand-in for CuPy: the real one is for tests marked gpu."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daskflow import CPU, GPU, Context
from daskflow.core.device import array_module, on_host


class DeviceArray:
    """What matters here of a `cupy.ndarray`."""

    __cuda_array_interface__: Any = None

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    def get(self, out: np.ndarray) -> np.ndarray:
        out[...] = self._array
        return out


@pytest.fixture
def cupy(monkeypatch):
    def asarray(array: Any) -> DeviceArray:
        return array if isinstance(array, DeviceArray) else DeviceArray(array)

    cupy = SimpleNamespace(asarray=asarray)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return cupy


def context(device: str) -> Context:
    return Context("flow", "run", "node", device=device)


def test_the_library_follows_the_device(cupy):
    assert array_module(CPU) is np
    assert array_module(GPU) is cupy


def test_a_missing_cupy_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(ImportError, match=r"daskflow\[gpu\]"):
        array_module(GPU)


def test_on_the_cpu_nothing_is_copied(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    ctx, frame = context(CPU), np.zeros((2, 3))
    assert ctx.to_host(ctx.to_device(frame)) is frame


def test_there_and_back(cupy):
    ctx, frame = context(GPU), np.arange(6).reshape(2, 3)
    there = ctx.to_device(frame)
    assert ctx.to_device(there) is there
    back = ctx.to_host(there)
    np.testing.assert_array_equal(back, frame)
    assert type(back) is np.ndarray


def test_results_come_back_from_inside_of_containers_and_others_stay_as_they_are():
    array, other = DeviceArray(np.arange(3)), object()
    made: list[Any] = []

    def empty(shape: Any, dtype: Any) -> np.ndarray:
        made.append((shape, dtype))
        return np.empty(shape, dtype)

    inside, alone, unknown = on_host(({"a": [array, 1]}, (array,), other), empty)
    np.testing.assert_array_equal(inside["a"][0], np.arange(3))
    np.testing.assert_array_equal(alone[0], np.arange(3))
    assert (inside["a"][1], type(alone), unknown) == (1, tuple, other)
    assert made == [((3,), np.arange(3).dtype)]
    assert inside["a"][0] is alone[0]
