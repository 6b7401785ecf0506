"""Letters to test with."""

from __future__ import annotations

from typing import Any

from daskflow.deadletters import DeadLetter


def letter(node: str = "detector", number: int = 7, run_id: str = "a1b2", **options: Any) -> DeadLetter:
    fields = {
        "flow_name": "street", "task": f"{node}-0", "method": "process", "error": "ValueError: no such thing",
        "traceback": "Traceback\n  in process\nValueError: no such thing\n", "time_s": 1.5e9,
    }  # fmt: skip
    return DeadLetter(node=node, number=number, run_id=run_id, **{**fields, **options})
