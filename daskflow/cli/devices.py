"""What ``daskflow devices`` says, and how GPUs are named on a command line."""

from __future__ import annotations

import os

from daskflow.options.configured import configured
from daskflow.options.gpus import Gpus
from daskflow.plan import Gpu, Inventory, Plan
from daskflow.plan.table import text_table


def gpus_of(text: str) -> Gpus:
    """What ``--gpus`` means: ``2`` is so many, ``0,1`` or ``0,`` or ``GPU-8f2c`` are these."""
    if text.isdecimal():
        return int(text)
    return [name.strip() for name in text.split(",") if name.strip()]


def devices_text(gpus: Gpus, plan: Plan | None) -> str:
    """The machine's processors and GPUs, and what a flow would get of them."""
    wanted = configured("gpus") if gpus is None else gpus
    inventory = Inventory.of_this_machine(wanted)
    lines = [f"{inventory.cores} cores", _gpus_text(inventory.gpus)]
    variable = os.environ.get("CUDA_VISIBLE_DEVICES")
    if variable is not None and wanted is None:
        lines.append(f"CUDA_VISIBLE_DEVICES is {variable!r}: only what it names is used")
    if plan is not None:
        tasks = [[task.name, task.device_words, str(task.cpu_threads)] for task in plan.tasks]
        lines += ["", text_table(["task", "device", "threads"], tasks)]
    return "\n".join(lines)


def _gpus_text(gpus: tuple[Gpu, ...]) -> str:
    if not gpus:
        return "no GPU"
    rows = [
        [f"gpu {gpu.visible_as}", gpu.model or "not asked", _memory(gpu.memory_bytes), gpu.uuid]
        for gpu in gpus
    ]
    return text_table(["GPU", "model", "memory", "UUID"], rows)


def _memory(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes else ""
