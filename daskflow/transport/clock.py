"""The clock that the ledger goes by."""

from __future__ import annotations

import time

clock = time.monotonic
"""In seconds, from any start; all processes of a machine share it."""
