"""What is asked of CuPy, as far as it can be known without a GPU: a stand-in, and the real one's names."""

from __future__ import annotations

import sys
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daskflow.core.device import is_on_device
from daskflow.transport import cupy_memory
from daskflow.transport.cupy_memory import NO_ROOM, CupyMemory


class CudaError(RuntimeError):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Stream:
    def __init__(self, *, non_blocking: bool) -> None:
        assert non_blocking

    def use(self) -> None:
        self.is_current = True


class Cupy:
    """CuPy on a device with room for so many bytes, of which its pool holds some back."""

    def __init__(self, room_bytes: int, pooled_bytes: int = 0) -> None:
        self.room_bytes, self.pooled_bytes = room_bytes, pooled_bytes
        self.status = NO_ROOM
        self.can_share = True
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                CUDARuntimeError=CudaError, getDeviceCount=lambda: 1, ipcGetMemHandle=self._handle
            ),
            Device=lambda: SimpleNamespace(id=0),
            Memory=self._allocate,
            Stream=Stream,
        )

    def get_default_memory_pool(self) -> Any:
        return SimpleNamespace(free_all_blocks=self._free)

    def _free(self) -> None:
        self.room_bytes, self.pooled_bytes = self.room_bytes + self.pooled_bytes, 0

    def _allocate(self, size_bytes: int) -> Any:
        if size_bytes > self.room_bytes:
            raise CudaError(self.status)
        self.room_bytes -= size_bytes
        return SimpleNamespace(ptr=4096)

    def _handle(self, address: int) -> bytes:
        if not self.can_share:
            raise CudaError(801)
        return b"handle"


@pytest.fixture
def kept(monkeypatch):
    kept: list[Any] = []
    monkeypatch.setattr(cupy_memory, "KEPT", kept)
    return kept


def memory_of(cupy: Cupy, monkeypatch: pytest.MonkeyPatch) -> CupyMemory:
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return CupyMemory()


def test_a_stream_of_its_own_is_current_and_outlives_the_task(kept, monkeypatch):
    memory_of(Cupy(100), monkeypatch)
    (stream,) = kept
    assert stream.is_current


def test_a_block_outlives_the_task(kept, monkeypatch):
    assert memory_of(Cupy(100), monkeypatch).allocate(100) == (4096, b"handle")
    assert kept[1].ptr == 4096


def test_what_cupy_keeps_for_later_is_room_too(kept, monkeypatch):
    memory = memory_of(Cupy(50, pooled_bytes=50), monkeypatch)
    memory.allocate(100)
    with pytest.raises(MemoryError, match="no room for"):
        memory.allocate(100)


def test_another_error_is_not_a_lack_of_room(kept, monkeypatch):
    cupy = Cupy(50)
    cupy.status = 700
    with pytest.raises(CudaError, match="700"):
        memory_of(cupy, monkeypatch).allocate(100)


def test_a_block_that_cannot_be_shared_is_not_kept(kept, monkeypatch):
    cupy = Cupy(100)
    cupy.can_share = False
    with pytest.raises(RuntimeError, match="801"):
        memory_of(cupy, monkeypatch).allocate(100)
    assert len(kept) == 1


@pytest.fixture
def without_device() -> CupyMemory:
    """The real CuPy: arrays over an address can be made, if not read, where there is no GPU."""
    cupy = pytest.importorskip("cupy")
    memory = CupyMemory.__new__(CupyMemory)
    memory._cupy, memory._runtime, memory._device = cupy, cupy.cuda.runtime, 0
    return memory


class Owner:
    pass


@pytest.mark.parametrize("part_of", [
    lambda x: x, lambda x: x[1:3, :, 0], lambda x: x.T, lambda x: x.view("u1").reshape(-1), lambda x: x[2:],
])  # fmt: skip
def test_whatever_is_made_from_an_array_keeps_its_owner(without_device, part_of):
    owner = Owner()
    end = weakref.ref(owner)
    array = without_device.array(1 << 40, (4, 5, 3), np.dtype("f4"), owner)
    assert is_on_device(array)
    assert (without_device.address_of(array), array.nbytes, array.flags.c_contiguous) == (1 << 40, 240, True)
    part = part_of(array)
    del owner, array
    assert end() is not None
    del part
    assert end() is None


def test_parts_say_where_they_are(without_device):
    array = without_device.array(1 << 40, (4, 5, 3), np.dtype("f4"), None)
    assert without_device.address_of(array[2:]) == (1 << 40) + 120
    assert array[2:].flags.c_contiguous
    assert not array[:, ::2].flags.c_contiguous


@pytest.mark.parametrize("shape", [(0, 4), ()])
def test_arrays_with_nothing_or_one_thing_in_them(without_device, shape):
    array = without_device.array(1 << 40, shape, np.dtype("f4"), None)
    assert (array.shape, array.dtype) == (shape, np.float32)


def test_the_names_are_cupys(without_device):
    cupy, runtime = without_device._cupy, without_device._runtime
    names = ("ipcGetMemHandle", "ipcOpenMemHandle", "ipcCloseMemHandle", "hostRegister", "hostUnregister",
             "deviceSynchronize", "getDeviceCount")  # fmt: skip
    assert all(callable(getattr(runtime, name)) for name in names)
    assert issubclass(runtime.CUDARuntimeError, RuntimeError)
    assert callable(cupy.get_default_memory_pool().free_all_blocks)
    assert {"use", "synchronize"} <= set(dir(cupy.cuda.Stream))
