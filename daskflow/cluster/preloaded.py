"""Imported by the fork server, once, so that each worker has it without importing anything."""

from __future__ import annotations

import os
import sys

import distributed.worker
import numpy

import daskflow.consumers.basic
import daskflow.processors.aggregators
import daskflow.processors.basic
import daskflow.producers.basic
import daskflow.runtime.dask_task
import daskflow.transport.payload

__all__ = ["daskflow", "distributed", "numpy"]

if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    # A Ctrl-C goes to the whole foreground process group. The main program decides what it means; the fork
    # server and the workers, which inherit this group, are not in that one.
    os.setpgid(0, 0)
