"""A letter's inputs as bytes, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from daskflow.core import pickling
from daskflow.core.device import on_host
from daskflow.deadletters.describing import described
from daskflow.deadletters.letter import DeadLetter


def with_payload(
    letter: DeadLetter, inputs: Sequence[tuple[Any, Mapping[Any, Any]]]
) -> tuple[DeadLetter, bytes | None]:
    """The letter with its inputs described, and their pickle; or with the reason why there is none.

    Arrays are in the pickle itself, so that it outlives the shared memory that they look into; those on a
    GPU are brought to the host.
    """
    if not inputs:
        lost = "a producer has no inputs" if letter.method == "next" else "its inputs were lost"
        return replace(letter, no_payload=letter.no_payload or lost), None
    letter = replace(letter, inputs=tuple(described(*pair) for pair in inputs), no_payload="")
    try:
        payload = pickling.dumps([(on_host(value, np.empty), dict(about)) for value, about in inputs])
    except Exception as error:  # noqa: BLE001  whatever pickling, or copying from a GPU, raises
        words = " ".join(f"{type(error).__name__}: {error}".split())
        return replace(letter, no_payload=f"they cannot be pickled: {words}"), None
    return letter, payload
