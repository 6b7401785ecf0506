"""Which GPUs there are: the environment, the driver, and the user's word."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow.plan import Gpu, Inventory
from daskflow.plan.gpu import visible_gpus
from daskflow.plan.inventory import chosen_gpus
from daskflow.plan.nvml import gpus_of_driver

FOUND = (
    Gpu("0", "GPU-aa11", "one", 8),
    Gpu("1", "GPU-aa22", "two", 8),
    Gpu("MIG-cc33", "MIG-cc33", "a part", 2),
)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (None, ["0", "1", "MIG-cc33"]),
        ("", []),
        ("0", ["0"]),
        ("1,0", ["1", "0"]),
        (" 1 , 0 ", ["1", "0"]),
        ("0,-1,1", ["0"]),
        ("0,7,1", ["0"]),
        ("NoDevFiles", []),
        ("GPU-aa22", ["1"]),
        ("gpu-AA1,1", ["0", "1"]),
        ("GPU-aa,1", []),  # of two
        ("MIG-cc33", ["MIG-cc33"]),
        ("0,GPU-aa11,1", ["0", "1"]),
        ("2", []),  # a part of a device has no index
    ],
)
def test_the_environment_says_which_are_visible(variable, expected):
    assert [gpu.visible_as for gpu in visible_gpus(FOUND, variable)] == expected


def test_what_the_driver_says_of_a_device_stays_with_it():
    assert visible_gpus(FOUND, "GPU-aa22") == (Gpu("1", "GPU-aa22", "two", 8),)


class NvmlError(Exception):
    pass


class LibraryNotFound(NvmlError):
    pass


class NotSupported(NvmlError):
    pass


class NotFound(NvmlError):
    pass


class Nvml(SimpleNamespace):
    """A driver with three devices: a plain one, one that does not answer, and one in two parts."""

    NVMLError = NvmlError
    NVMLError_LibraryNotFound = LibraryNotFound
    NVMLError_DriverNotLoaded = LibraryNotFound
    NVMLError_NotSupported = NotSupported
    NVMLError_NotFound = NotFound
    NVML_DEVICE_MIG_ENABLE = 1
    is_shut_down = False

    def nvmlInit(self) -> None: ...

    def nvmlShutdown(self) -> None:
        self.is_shut_down = True

    def nvmlDeviceGetCount(self) -> int:
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        if index == 1:
            raise NvmlError("Unknown Error")
        return f"device {index}"

    def nvmlDeviceGetMigMode(self, device: str) -> tuple[int, int]:
        if device == "device 0":
            raise NotSupported
        return 1, 1

    def nvmlDeviceGetMaxMigDeviceCount(self, device: str) -> int:
        return 3

    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: str, index: int) -> str:
        if index == 1:
            raise NotFound
        return f"part {index}"

    def nvmlDeviceGetUUID(self, handle: str) -> bytes:
        return f"UUID of {handle}".encode()

    def nvmlDeviceGetName(self, handle: str) -> str:
        return handle

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> Any:
        return SimpleNamespace(total=8)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return nvml


def test_the_driver_names_devices_and_parts_and_one_that_is_silent_is_no_gpu(nvml):
    with pytest.warns(RuntimeWarning, match="GPU 1 does not answer"):
        found = gpus_of_driver()
    assert [gpu.visible_as for gpu in found] == ["0", "UUID of part 0", "UUID of part 2"]
    assert found[0] == Gpu("0", "UUID of device 0", "device 0", 8)
    assert nvml.is_shut_down


def test_no_driver_is_no_gpu_and_no_warning(nvml, monkeypatch, recwarn):
    def fail() -> None:
        raise LibraryNotFound

    monkeypatch.setattr(nvml, "nvmlInit", fail)
    assert gpus_of_driver() == ()
    assert not recwarn.list


@pytest.mark.parametrize("call", ["nvmlInit", "nvmlDeviceGetCount"])
def test_a_driver_that_does_not_answer_is_no_gpu_with_a_warning(nvml, monkeypatch, call):
    def fail() -> None:
        raise NvmlError("Driver/library version mismatch")

    monkeypatch.setattr(nvml, call, fail)
    with pytest.warns(RuntimeWarning, match="version mismatch"):
        assert gpus_of_driver() == ()


@pytest.mark.filterwarnings("ignore:GPU 1")
def test_a_number_is_so_many_of_the_visible_ones(nvml, monkeypatch):
    assert [gpu.visible_as for gpu in chosen_gpus(2)] == ["0", "UUID of part 0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "UUID of part 2")
    assert [gpu.visible_as for gpu in chosen_gpus(None)] == ["UUID of part 2"]
    assert [gpu.visible_as for gpu in chosen_gpus(1)] == ["UUID of part 2"]
    with pytest.warns(RuntimeWarning, match="1 are visible"):
        assert [gpu.visible_as for gpu in chosen_gpus(2)] == ["UUID of part 2"]
    assert chosen_gpus(0) == ()


@pytest.mark.filterwarnings("ignore:GPU 1")
def test_a_list_names_what_the_driver_knows(nvml):
    assert [gpu.model for gpu in chosen_gpus([0, "uuid of part 2"])] == ["device 0", "part 2"]
    assert chosen_gpus([]) == ()
    with pytest.raises(ValueError, match=r"'5', which is not one of 0 \(UUID of device 0\)"):
        chosen_gpus([5])
    with pytest.raises(ValueError, match="twice"):
        chosen_gpus([0, "UUID of device"])


def test_without_a_driver_the_users_word_is_taken(nvml, monkeypatch):
    monkeypatch.setattr("daskflow.plan.inventory.gpus_of_driver", lambda: ())
    assert chosen_gpus(2) == (Gpu("0"), Gpu("1"))
    assert chosen_gpus([3, "GPU-x"]) == (Gpu("3"), Gpu("GPU-x"))
    assert Inventory.of_this_machine([]).gpus == ()


@pytest.mark.filterwarnings("ignore:GPU 1")
def test_a_device_that_is_to_be_cut_and_is_not_yet_is_no_gpu(nvml, monkeypatch):
    monkeypatch.setattr(nvml, "nvmlDeviceGetMaxMigDeviceCount", lambda device: 0)
    assert [gpu.visible_as for gpu in gpus_of_driver()] == ["0"]


@pytest.mark.filterwarnings("ignore:GPU 1")
def test_a_device_without_memory_of_its_own_is_one(nvml, monkeypatch):
    def fail(handle: str) -> None:
        raise NotSupported

    monkeypatch.setattr(nvml, "nvmlDeviceGetMemoryInfo", fail)
    assert gpus_of_driver()[0] == Gpu("0", "UUID of device 0", "device 0", 0)


@pytest.mark.parametrize(
    ("wanted", "error", "says"),
    [
        (-1, ValueError, "at least 0"),
        (True, TypeError, "number of GPUs"),
        ("0", TypeError, "number of GPUs"),
        ([0, "0"], ValueError, "twice"),
        ([""], TypeError, "indices or UUIDs"),
        ([1.5], TypeError, "indices or UUIDs"),
    ],
)
def test_what_is_no_choice_of_gpus(monkeypatch, wanted, error, says):
    monkeypatch.setattr("daskflow.plan.inventory.gpus_of_driver", lambda: ())
    with pytest.raises(error, match=says):
        chosen_gpus(wanted)
