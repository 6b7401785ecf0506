"""Imported by the fork server, once, so that each worker has it without importing anything."""

from __future__ import annotations

import multiprocessing
import os

import distributed.worker
import numpy

import daskflow.consumers.basic
import daskflow.processors.aggregators
import daskflow.processors.basic
import daskflow.producers.basic
import daskflow.runtime.dask_task
import daskflow.transport.payload

__all__ = ["daskflow", "distributed", "numpy"]

if multiprocessing.current_process().name == "MainProcess" and os.getpid() != os.getpgrp():
    # A Ctrl-C goes to the whole foreground process group. The main program decides what it means; the fork
    # server and the workers, which inherit this group, are not in that one.
    os.setpgid(0, 0)
