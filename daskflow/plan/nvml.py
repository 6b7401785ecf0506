"""What NVIDIA's driver says of the machine's GPUs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from daskflow.plan.gpu import Gpu


def gpus_of_driver() -> tuple[Gpu, ...]:
    """Ask the driver; blocks for some milliseconds, or some hundred where the GPUs sleep.

    Returns
    -------
    tuple of Gpu
        Each device by its index. Where a device is cut into MIG instances, those by their UUIDs instead of
        it, since nothing can run on the whole. Empty where there is no driver. A device that does not answer
        is left out, with a warning.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
        try:
            count = pynvml.nvmlDeviceGetCount()
            return tuple(gpu for index in range(count) for gpu in _gpus_of(pynvml, index))
        finally:
            pynvml.nvmlShutdown()
    except (pynvml.NVMLError_LibraryNotFound, pynvml.NVMLError_DriverNotLoaded):
        return ()
    except pynvml.NVMLError as error:
        _warn(f"the NVIDIA driver does not answer ({error}): no GPU is used")
        return ()


def _gpus_of(nvml: Any, index: int) -> list[Gpu]:
    try:
        device = nvml.nvmlDeviceGetHandleByIndex(index)
        if _is_cut(nvml, device):
            return [_described(nvml, instance) for instance in _instances(nvml, device)]
        return [_described(nvml, device, str(index))]
    except nvml.NVMLError as error:
        _warn(f"GPU {index} does not answer ({error}): it is not used")
        return []


def _is_cut(nvml: Any, device: Any) -> bool:
    try:
        current, _ = nvml.nvmlDeviceGetMigMode(device)
    except nvml.NVMLError_NotSupported:
        return False
    return bool(current == nvml.NVML_DEVICE_MIG_ENABLE)


def _instances(nvml: Any, device: Any) -> Iterator[Any]:
    for i in range(nvml.nvmlDeviceGetMaxMigDeviceCount(device)):
        try:
            yield nvml.nvmlDeviceGetMigDeviceHandleByIndex(device, i)
        except nvml.NVMLError_NotFound:
            continue


def _described(nvml: Any, handle: Any, index: str = "") -> Gpu:
    uuid = _text(nvml.nvmlDeviceGetUUID(handle))
    try:
        memory_bytes = int(nvml.nvmlDeviceGetMemoryInfo(handle).total)
    except nvml.NVMLError_NotSupported:
        memory_bytes = 0  # it shares the machine's
    return Gpu(index or uuid, uuid, _text(nvml.nvmlDeviceGetName(handle)), memory_bytes)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)
