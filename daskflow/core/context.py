"""What a node's method may know about the task it runs in and the message in hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daskflow.core.constants import CPU
from daskflow.core.device import array_module, on_host

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray


@dataclass(slots=True)
class Context:
    """Given to any node method that takes a final parameter called ``ctx``.

    One object lives as long as the task; its message fields change with each message.

    Attributes
    ----------
    flow_name, run_id : str
        The flow, and this one execution of it.
    node_name, task_name : str
        The node, and the task that runs it, such as ``"detector"`` and ``"detector-1"``.
    task_index, task_count : int
        Which of the node's tasks this is, from 0, and how many there were to be when it was started: more may
        join a flow that runs, and some may leave.
    incarnation : int
        0 for the task's first process; one more each time it was restarted after a kill, or joined the flow
        again.
    device : str
        ``"cpu"`` or ``"gpu"``.
    cpu_threads : int
        How many threads the task may keep busy, as the plan says.
    logger : logging.Logger
        Logger ``daskflow.<node name>``.
    sequence_number : int or None
        The message in hand, from 0; the same for all that stems from one producer message.
    event_time : float or None
        When the message happened, in seconds: since the epoch, or since the start of a recording. What the
        producer put under ``metadata["event_time"]``, else ``metadata["production_time"]``, which each
        message has from the runtime, unless the producer put it there.
    metadata : dict
        Metadata of the inputs, merged (an earlier parent wins); what a node writes here goes on with its
        output. A producer starts with an empty one.
    parents_metadata : tuple of dict
        Metadata of each input, in the order of the parents.
    batch_numbers : tuple of int
    batch_metadata : tuple of dict
        In `BatchProcessorNode.process_batch` what `sequence_number` and `metadata` are elsewhere: one for
        each message. Those are of the first one then, as are `parents_metadata` and `event_time`.
    allocate : callable or None
        What `empty` uses in a run; None outside of one.
    """

    flow_name: str
    run_id: str
    node_name: str
    task_name: str = ""
    task_index: int = 0
    task_count: int = 1
    incarnation: int = 0
    device: str = CPU
    cpu_threads: int = 1
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("daskflow"))
    sequence_number: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    parents_metadata: tuple[dict[str, Any], ...] = ()
    batch_numbers: tuple[int, ...] = ()
    batch_metadata: tuple[dict[str, Any], ...] = ()
    allocate: Callable[[tuple[int, ...], np.dtype[Any]], NDArray[Any]] | None = None

    @property
    def event_time(self) -> float | None:
        """When the message in hand happened, in seconds."""
        return self.metadata.get("event_time", self.metadata.get("production_time"))

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike = "uint8") -> NDArray[Any]:
        """An array to make a result in, already in the memory that the readers will see.

        A result in an array of one's own is copied there once; one that is made in this array is not. Fill
        it, as with ``out=`` of NumPy or ``dst=`` of OpenCV, and return it, alone or inside of something. From
        then on it is read-only, since others read it; views of it that were made before must not be written
        to either. One that is not returned is given back when it is dropped. To be called in the thread in
        which the node is called; does not block.

        Parameters
        ----------
        shape : int or tuple of int
            Of the array.
        dtype : data-type, default uint8
            Of its elements; no Python objects.

        Returns
        -------
        numpy.ndarray
            Contiguous and writable; its contents are undefined.

        Raises
        ------
        StoreFullError
            There is no room for it in shared memory or in the temp directory.
        """
        import numpy as np  # here, so that `import daskflow` is quick

        shape, dtype = (shape,) if isinstance(shape, int) else tuple(shape), np.dtype(dtype)
        return np.empty(shape, dtype) if self.allocate is None else self.allocate(shape, dtype)

    def to_device(self, array: Any) -> Any:
        """An array on the task's device: with a GPU a copy there, for CuPy; else the array itself.

        The copy goes on while the call returns, in CuPy's current stream. An input may be dropped at once;
        an array of one's own must not be written to before that stream has come so far.

        Parameters
        ----------
        array : numpy.ndarray or cupy.ndarray
            On either side; one that is there already is not copied.

        Raises
        ------
        ImportError
            The task has a GPU, and CuPy is not installed.
        """
        return array_module(self.device).asarray(array)

    def to_host(self, array: Any) -> Any:
        """`array` in main memory: of one on a GPU a copy, made with `empty`; else the array itself.

        A result need not be brought there. The runtime does it for arrays of CuPy's, also in lists, tuples,
        dicts and dataclasses, unless all who read them are on the same GPU.
        """
        return on_host(array, self.empty)
