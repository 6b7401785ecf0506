"""What the fork server imports before workers are forked from it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from daskflow.cluster.forkserver import ALWAYS, IF_IMPORTED, IF_USED, preloads_for
from daskflow.core.node import FusedNode, TaskModuleNode
from daskflow.plan.plan import THREAD_VARIABLES
from daskflow.processors import IdentityProcessor
from daskflow.processors.vision import MotionDetector


class Derived(MotionDetector):
    """In a file that has no supervision at hand."""


TO_TRACE = ("daskflow.runtime.tracing", "opentelemetry.exporter.otlp.proto.http.trace_exporter")


@pytest.mark.parametrize("modules", [ALWAYS, [*IF_IMPORTED, *IF_USED], TO_TRACE])
def test_it_starts_no_thread_and_loads_nothing_that_is_unsafe_to_fork(modules: Sequence[str]) -> None:
    code = (
        f"import os, sys, {', '.join(modules)}\n"
        "unsafe = [name for name in ('av', 'torch', 'cupy', 'onnxruntime') if name in sys.modules]\n"
        "print(len(os.listdir('/proc/self/task')), unsafe)"
    )
    environment = dict.fromkeys(THREAD_VARIABLES, "1")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "1 []\n", done.stderr


def test_what_nodes_use_is_told_by_their_files() -> None:
    entry, last = IdentityProcessor(), MotionDetector()
    last(entry)
    module = TaskModuleNode(entry, last)
    fused = FusedNode([IdentityProcessor(), module], ("one", "two"), "one+two", 1)
    for node in (MotionDetector(), Derived(), module, fused):
        assert "supervision" in preloads_for([IdentityProcessor(), node])
    assert "supervision" not in preloads_for([IdentityProcessor()])
    assert set(ALWAYS) <= set(preloads_for([]))
