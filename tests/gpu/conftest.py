"""What tests on real GPUs need, and why they skip where it is missing."""

from __future__ import annotations

import importlib.util

import pytest

from daskflow.plan.inventory import chosen_gpus


def missing() -> str:
    """What keeps tests from running on a GPU here; empty if nothing does."""
    if not chosen_gpus(None):
        return "no GPU is visible here"
    if importlib.util.find_spec("cupy") is None:
        return "CuPy is not installed"
    return ""


needs_gpu = pytest.mark.skipif(bool(missing()), reason=missing() or "a GPU is here")
