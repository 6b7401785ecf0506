"""What all nodes that run a user's network have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.constants import GPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import BatchProcessorNode
from daskflow.processors.vision.fitting import Floats
from daskflow.processors.vision.networks.candidates import Candidates
from daskflow.processors.vision.networks.class_names import Names, checked_names, names_in, read_names
from daskflow.processors.vision.networks.network import Network
from daskflow.processors.vision.networks.opening import open_session
from daskflow.processors.vision.networks.pictures import PictureFormat, PictureTensor, Three

_TASKS = {
    "detect": "OnnxDetector",
    "segment": "OnnxSegmenter",
    "pose": "OnnxPoseEstimator",
    "classify": "OnnxClassifier",
    "obb": "turned boxes, which no node reads",
}


class OnnxNode(BatchProcessorNode):
    """Runs a network from an ONNX file on frames, in batches.

    A subclass has `process_batch`, which may use `checked`, `tensor` and `network`, and `opened` to look at
    what the network gives.

    Parameters
    ----------
    model : str or Path
        The ``.onnx`` file, on the machine of the tasks. It is opened there, in `open`.
    class_names : list of str, dict of int to str, str or Path, optional
        Names of the classes from 0 on, or by number, or a file with one a line, or a ``.json`` of either. If
        not given, those that the exporter wrote into the model, as Ultralytics' does.
    input_size : int or tuple of two ints, optional
        Width and height in pixels of the pictures that the network is given, for one that takes any. If not
        given, that of the model, or the one it was exported with.
    letterbox : bool, default True
        Keep the frame's proportions and fill the rest; else stretch.
    scale, mean, std : float, tuple of three floats, tuple of three floats
        Each value becomes ``(value * scale - mean) / std``, of red, green and blue. By default from 0 to 1.
    colour : {"rgb", "bgr"}, default "rgb"
        The order of the channels that the network was trained with.
    fill : int, default 114
        Grey of the bars of the letterbox, from 0 to 255: the custom of the YOLO family.
    resize_method : {"bilinear", "area"}, default "bilinear"
        How frames are made smaller; ``"area"`` averages, as Pillow and torchvision do.
    batch_size, max_wait_s
        As for `BatchProcessorNode`. A model that was exported for one picture is run once for each.
    **options
        As for `ProcessorNode`. With ``device_type="gpu"`` the network runs with CUDA; where a task gets no
        GPU, or onnxruntime has no CUDA provider or cannot start it, on the CPU, and the log says so.

    Raises
    ------
    TypeError, ValueError
        `model` is no path, or another argument is of another type or out of its range.

    Notes
    -----
    It uses ``ctx.cpu_threads`` threads. A call blocks until the network has run.
    """

    _takes_sizes = False
    _task = ""  # what Ultralytics' exporter calls it, in the model's metadata

    def __init__(
        self,
        model: str | Path,
        *,
        class_names: Any = None,
        input_size: int | tuple[int, int] | None = None,
        letterbox: bool = True,
        scale: float = 1 / 255,
        mean: Three = (0.0, 0.0, 0.0),
        std: Three = (1.0, 1.0, 1.0),
        colour: str = "rgb",
        fill: int = 114,
        resize_method: str = "bilinear",
        batch_size: int = 1,
        max_wait_s: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(batch_size, max_wait_s, **options)
        if not isinstance(model, str | Path) or not str(model):
            raise TypeError(f"model is the path of an .onnx file, got {model!r}")
        self._model = Path(model).absolute()
        self._class_names = checked_names(class_names)
        self._input_size = checked_size(input_size)
        self._format = PictureFormat(letterbox, scale, mean, std, colour, fill, resize_method)
        self._network: Network | None = None  # cannot be pickled: made in the worker
        self._tensor: PictureTensor | None = None
        self._names: Names | None = None

    def open(self, ctx: Context) -> None:
        """Load the network and run it once; runs in the task's worker and blocks meanwhile.

        Raises
        ------
        FileNotFoundError
            The model, or the file of class names, is not on this machine.
        ModuleNotFoundError
            onnxruntime is not installed.
        ValueError
            The model is broken, takes something else than pictures of one size, or gives something else than
            the node can read.
        """
        session = open_session(
            self._model, self, on_gpu=self.device == GPU, threads=ctx.cpu_threads, logger=ctx.logger
        )
        network = Network(session, f"{self!r}: {self._model.name}", self._input_size, self._takes_sizes)
        task = network.metadata.get("task", self._task)
        if self._task and task in _TASKS and task != self._task:
            raise ValueError(
                f"{network.name} was exported for the task {task!r}: it is one for {_TASKS[task]}"
            )
        names = self._class_names
        if isinstance(names, Path):
            names = read_names(names, self)
        self._names = names_in(network.metadata) if names is None else names
        self.opened(network)
        self._network = network
        self._tensor = PictureTensor(self._format, network.width, network.height)

    def opened(self, network: Network) -> None:
        """Look at a network that can be run; called by `open`, in the task's worker.

        Parameters
        ----------
        network : Network
            Its ``blank_outputs`` are what it gives for a blank picture.

        Raises
        ------
        ValueError
            The node cannot read what it gives.
        """

    def close(self) -> None:
        """Let go of the network; runs in the task's worker."""
        self._network = self._tensor = None

    @property
    def network(self) -> Network:
        """The network, between `open` and `close`."""
        if self._network is None:
            raise RuntimeError(f"{self!r} is not open")
        return self._network

    @property
    def tensor(self) -> PictureTensor:
        """What makes the network's input, between `open` and `close`."""
        if self._tensor is None:
            raise RuntimeError(f"{self!r} is not open")
        return self._tensor

    def checked(self, frames: Sequence[Any], ctx: Context) -> list[Frame]:
        """Return `frames`, known to be such, in main memory.

        Raises
        ------
        TypeError, ValueError
            One is no uint8 array of height × width × 3.
        """
        return [ctx.to_host(checked_frame(frame, self)) for frame in frames]

    def name_of(self, number: int) -> str:
        """The name of the class `number`, or the number as a string."""
        return str(number) if self._names is None else self._names.get(number, str(number))

    def class_data(self, class_ids: np.ndarray[Any, Any]) -> dict[str, Any]:
        """The names of `class_ids` as `supervision` has them in ``data``; empty if none are known."""
        if self._names is None:
            return {}
        return {"class_name": np.array([self.name_of(int(number)) for number in class_ids], dtype=str)}


def detections_of(found: Candidates, xyxy: Floats, node: OnnxNode) -> sv.Detections:
    """What a node found, as `supervision` has it; `xyxy` in pixels of the frame."""
    return sv.Detections(
        xyxy=xyxy,
        confidence=found.confidence.astype(np.float32),
        class_id=found.class_id.astype(int),
        data=node.class_data(found.class_id),
    )


def checked_size(size: Any) -> tuple[int, int] | None:
    """Width and height; raises `ValueError` if they are no two whole numbers from 1 on."""
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else size
    if (
        not isinstance(pair, tuple | list)
        or len(pair) != 2
        or not all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in pair)
    ):
        raise ValueError(f"input_size is a number of pixels, or (width, height), got {size!r}")
    return pair[0], pair[1]
