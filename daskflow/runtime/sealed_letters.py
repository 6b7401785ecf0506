"""Dead letters of messages that killed their processes, kept without running what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daskflow.core import pickling
from daskflow.deadletters import DeadLetter, DeadLetterFolder, InputDescription
from daskflow.errors import DescriptorError
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.sealed import Sealed, seal
from daskflow.transport.views import SlotViews


def keep_sealed(folder: str, letter: DeadLetter, descriptors: Sequence[Descriptor], views: SlotViews) -> None:
    """Keep a letter with its inputs, which are not unpickled; without them, where they cannot be read.

    Parameters
    ----------
    folder : str
        Of the letters.
    letter : DeadLetter
        What is known.
    descriptors : sequence
        Of the inputs.
    views : SlotViews
        Into the slots where they are. Blocks until those of other hosts have come.

    Raises
    ------
    DeadLetterError
        It cannot be written.
    """
    payload = None
    try:
        sealed = [seal(descriptor, views) for descriptor in descriptors]
        payload = pickling.dumps(sealed) if sealed else None
        described = [InputDescription(_kind(each), each.shape, each.dtype) for each in sealed]
        letter = replace(letter, inputs=tuple(described))
    except (DescriptorError, OSError) as error:
        letter = replace(letter, no_payload=f"they cannot be read: {error}")
    DeadLetterFolder(folder).keep(letter, payload)


def _kind(sealed: Sealed) -> str:
    return "not unpickled" if sealed.shape is None else "ndarray"
