"""Trials of sweeps that never ran, and their folders."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Grid = Mapping[str, Sequence[Any]]
Measured = Callable[[dict[str, Any], int], dict[str, float | None]]

WORKERS: Grid = {"detector.nb_tasks": [1, 2, 4, 8]}

MACHINE = {"cpu_model": "Abacus 9", "cores_usable": 2}


def trials(grid: Grid, measured: Measured, repeats: int = 3) -> list[dict[str, Any]]:
    """Records of a grid; what was measured follows from the settings and the repeat."""
    settings = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    pairs = [(one, repeat) for one in settings for repeat in range(repeats)]
    return [
        {
            "trial": i,
            "repeat": repeat,
            "order": repeat * len(settings) + i // repeats,
            "settings": one,
            "seed": i,
            "status": "ok",
            "error": None,
            "started_at": "2026-11-28T12:00:00+00:00",
            **measured(one, repeat),
        }
        for i, (one, repeat) in enumerate(pairs)
    ]


def failed(record: Mapping[str, Any], error: str = "NodeError: detector raised") -> dict[str, Any]:
    """The record of a trial that failed."""
    kept = ("trial", "repeat", "order", "settings", "seed", "started_at")
    return {**{key: record[key] for key in kept}, "status": "failed", "error": error}


def rates(law: Callable[[int], float], noise: float = 0.0, seed: int = 0) -> Measured:
    """Rates by number of workers, with some noise that is always the same."""
    chance = random.Random(seed)
    return lambda settings, repeat: {
        "rate": law(settings.get("detector.nb_tasks", 1)) * (1 + chance.uniform(-noise, noise))
    }


def ideal(workers: int) -> float:
    """A stage of 20 ms."""
    return 50.0 * workers


def everything(settings: dict[str, Any], repeat: int) -> dict[str, float | None]:
    """All metrics of a contract's record."""
    workers = settings.get("detector.nb_tasks", 1)
    rate = 50 * workers / (1 + 0.02 * (workers - 1)) * (1 + repeat / 100)
    return {
        "elapsed_s": 500 / rate,
        "messages": 500,
        "rate": rate,
        "latency_p50_s": 0.05 + repeat / 1000,
        "latency_p95_s": 0.07,
        "latency_p99_s": 0.09,
        "cpu_s_per_message": 0.001,
        "cpu_cores": rate / 1000,
        "memory_bytes": 9e7 + 2e7 * workers,
        "shared_memory_bytes": 5e7,
        "dropped": 0,
        "failed": 0,
        "detector.rate": rate,
        "detector.busy": 0.97,
        "detector.blocked": 0.01,
        "detector.starved": 0.02,
    }


def folder_of(path: Path, records: Sequence[Mapping[str, Any]], **about: Any) -> Path:
    """Write the folder of a sweep."""
    path.mkdir(parents=True, exist_ok=True)
    content = {
        "name": "yard",
        "grid": {"detector.nb_tasks": [1, 2]},
        "repeats": 3,
        "warmup_messages": 50,
        "seed": 0,
        "created_at": "2026-11-28T12:00:00+00:00",
        "machine": MACHINE,
        "versions": {"python": "3.11.7", "daskflow": "0.1.0"},
        "commit": "0123abc",
        "options": {"queue_size": None},
    }
    (path / "sweep.json").write_text(json.dumps(content | about))
    (path / "trials.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
