"""From a file of ONNX to a session of onnxruntime, on a GPU where there is one."""

from __future__ import annotations

import contextlib
import importlib
import logging
from pathlib import Path
from typing import Any

from daskflow.core.lazy import missing_package

CUDA, CPU_PROVIDER = "CUDAExecutionProvider", "CPUExecutionProvider"

_CUDA_OPTIONS = {
    "device_id": "0",  # the task's own, which is all that its process sees
    "cudnn_conv_algo_search": "HEURISTIC",  # batches vary, and for each size an exhaustive search starts anew
    "arena_extend_strategy": "kSameAsRequested",  # memory by powers of two is memory that others lack
}


def open_session(path: Path, node: object, *, on_gpu: bool, threads: int, logger: logging.Logger) -> Any:
    """Load a network; blocks until it can be run.

    Parameters
    ----------
    path : Path
        The ``.onnx`` file.
    node : object
        Who asks, for messages.
    on_gpu : bool
        Whether to run it with CUDA. Where that cannot be, a warning says why, and it runs on the CPU.
    threads : int
        How many threads an operator may use on the CPU.
    logger : logging.Logger
        For the warning.

    Returns
    -------
    onnxruntime.InferenceSession

    Raises
    ------
    FileNotFoundError
        There is no such file on this machine.
    ModuleNotFoundError
        onnxruntime is not installed.
    ValueError
        The file is none that this version of onnxruntime can load.
    """
    runtime = _runtime(node)
    if not path.is_file():
        raise FileNotFoundError(f"{node!r}: there is no model file {path} on the machine of this task")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other tasks need the cores
    if on_gpu:
        session, reason = _on_cuda(runtime, path, options)
        if session is not None:
            return session
        logger.warning("%r runs on the CPU, though its task has a GPU: %s", node, reason)
    try:
        return runtime.InferenceSession(str(path), options, providers=[CPU_PROVIDER])
    except Exception as error:  # onnxruntime has one of its own for each kind of damage
        raise ValueError(
            f"{node!r}: {path} is no model that onnxruntime {runtime.__version__} can load: {error}"
        ) from error


def _runtime(node: object) -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise missing_package(repr(node), error.name or "onnxruntime") from error


def _on_cuda(runtime: Any, path: Path, options: Any) -> tuple[Any, str]:
    """A session that uses CUDA, or None and the reason."""
    if CUDA not in runtime.get_available_providers():
        return None, (
            "the installed onnxruntime has no CUDA provider: pip uninstall onnxruntime, then "
            'pip install "daskflow[onnx-gpu]"'
        )
    with contextlib.suppress(Exception):  # since 1.21: finds CUDA and cuDNN where pip has put them
        runtime.preload_dlls()
    try:
        session = runtime.InferenceSession(
            str(path), options, providers=[(CUDA, _CUDA_OPTIONS), CPU_PROVIDER], enable_fallback=0
        )
    except Exception as error:  # noqa: BLE001  the CPU is tried next, and says so if it is the file
        return None, str(error)
    if CUDA in session.get_providers():
        return session, ""
    return None, (
        "the CUDA provider could not be started; what onnxruntime wrote above names the library of CUDA or "
        "cuDNN that it misses"
    )
