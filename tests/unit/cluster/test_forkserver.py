"""What the fork server imports before workers are forked from it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from daskflow.cluster.forkserver import ALWAYS, IF_IMPORTED
from daskflow.plan.plan import THREAD_VARIABLES


@pytest.mark.parametrize("name", [*ALWAYS, *IF_IMPORTED])
def test_it_starts_no_thread_and_loads_nothing_that_is_unsafe_to_fork(name: str) -> None:
    code = (
        f"import os, sys, {name}\n"
        "unsafe = [name for name in ('av', 'torch', 'cupy', 'onnxruntime') if name in sys.modules]\n"
        "print(len(os.listdir('/proc/self/task')), unsafe)"
    )
    environment = dict.fromkeys(THREAD_VARIABLES, "1")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "1 []\n", done.stderr
