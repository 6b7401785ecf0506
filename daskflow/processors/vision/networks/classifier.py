"""What a frame shows, said by a user's network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.networks.network import Network, shapes_of
from daskflow.processors.vision.networks.node import OnnxNode
from daskflow.processors.vision.networks.pictures import Three, resize_into
from daskflow.scene import Classification

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue over the pictures of ImageNet: the custom of torchvision and timm."""

_ROUNDING = 1e-2


class OnnxClassifier(OnnxNode):
    """Says what a frame shows, with a classifier from an ONNX file.

    Parameters
    ----------
    model : str or Path
        The ``.onnx`` file; its output is batch × classes, of logits or probabilities.
    top_k : int, default 5
        How many classes are given of each frame.
    crop : float, default 0.875
        Of the frame the largest part in the middle with the proportions of the network's input is taken, and
        of it this fraction of width and height, above 0 and at most 1. 0.875 is 224 of 256, as torchvision
        has it; networks of Ultralytics take 1.
    softmax : bool, optional
        Whether the outputs are logits, of which probabilities are to be made. If not given, that is seen of
        each output: what is from 0 to 1 and adds up to 1 are probabilities already.
    mean, std, resize_method
        As for `OnnxNode`, but those of ImageNet, and ``"area"``.
    class_names, input_size, scale, colour, **options
        As for `OnnxNode`, without `letterbox` and `fill`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range, or is `letterbox` or `fill`, which this node does
        not take.
    """

    _task = "classify"

    def __init__(
        self,
        model: str | Path,
        top_k: int = 5,
        *,
        crop: float = 0.875,
        softmax: bool | None = None,
        mean: Three = IMAGENET_MEAN,
        std: Three = IMAGENET_STD,
        resize_method: str = "area",
        **options: Any,
    ) -> None:
        for unused in ("letterbox", "fill"):
            if unused in options:
                raise TypeError(f"{type(self).__name__} cuts out the middle of a frame: it has no {unused}")
        super().__init__(model, mean=mean, std=std, resize_method=resize_method, **options)
        if top_k < 1:
            raise ValueError(f"top_k is at least 1, got {top_k}")
        if not 0 < crop <= 1:
            raise ValueError(f"crop is above 0 and at most 1, got {crop}")
        self._top_k, self._crop, self._softmax = top_k, crop, softmax
        self._picture: Frame | None = None

    def opened(self, network: Network) -> None:
        """Find out how many classes there are."""
        outputs = network.blank_outputs
        if len(outputs) != 1 or outputs[0].ndim != 2:
            raise ValueError(
                f"{network.name}: expected one output, batch × classes; got {shapes_of(outputs)}"
            )
        count = outputs[0].shape[1]
        if self._names is not None and len(self._names) > count:
            raise ValueError(
                f"{network.name} tells {count} classes apart; got {len(self._names)} class_names"
            )
        self._picture = np.empty((network.height, network.width, 3), np.uint8)

    def process_batch(self, frames: list[Frame], ctx: Context) -> list[Classification]:
        """Say what frames show; runs in the task's worker and blocks until the network has run.

        Parameters
        ----------
        frames : list of numpy.ndarray
            uint8, height × width × 3 (BGR), of any sizes.

        Returns
        -------
        list of Classification
            For each frame its `top_k` likeliest classes, or all if there are fewer, the likeliest first.

        Raises
        ------
        TypeError, ValueError
            One of `frames` is no such array.
        """
        assert self._picture is not None
        tensor = self.tensor.room(len(frames))
        for frame, planes in zip(self.checked(frames, ctx), tensor, strict=True):
            middle = _middle(frame, self.network.width / self.network.height, self._crop)
            resize_into(middle, self._picture, self._format.resize_method)
            self.tensor.write(self._picture, planes)
        (outputs,) = self.network.run(tensor)
        return [self._classification(output.astype(np.float64)) for output in outputs]

    def close(self) -> None:
        """Let go of the network; runs in the task's worker."""
        self._picture = None
        super().close()

    def _classification(self, output: NDArray[np.float64]) -> Classification:
        is_logits = self._softmax
        if is_logits is None:
            is_logits = bool(output.min() < 0 or abs(output.sum() - 1) > _ROUNDING)
        if is_logits:
            output = np.exp(output - output.max())
            output /= output.sum()
        best = np.argsort(-output, kind="stable")[: self._top_k]
        return Classification(
            tuple(int(number) for number in best),
            tuple(self.name_of(int(number)) for number in best),
            tuple(float(output[number]) for number in best),
        )


def _middle(frame: Frame, proportion: float, part: float) -> Frame:
    """The largest part of a frame of some width per height, in its middle; and of it a part."""
    height, width = frame.shape[:2]
    whole = min(width, height * proportion)
    inner_width = max(1, round(whole * part))
    inner_height = max(1, min(height, round(whole / proportion * part)))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    return frame[top : top + inner_height, left : left + inner_width]
