"""A network that takes pictures: what its input must be, and how it is run for several at a time."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
}
_PICTURE_RANK = 4
_CHANNELS = 3
_SIZES = "tensor(int64)"


class Network:
    """A session of onnxruntime whose input is a batch of pictures.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        As `open_session` makes it.
    name : str
        How messages call it: the node and the file.
    input_size : tuple of two ints, optional
        Width and height in pixels, for a network that takes any.
    takes_sizes : bool, default False
        Whether a second input may ask for the pictures' sizes (int64, batch × 2), as those of RT-DETR do. It
        is given width and height of the network's input.

    Attributes
    ----------
    name : str
        As given.
    width, height : int
        Of a picture, in pixels.
    metadata : mapping of str to str
        What the exporter wrote into the file.
    blank_outputs : list of numpy.ndarray
        What the network gives for one blank picture: the shapes and dtypes of what it will give.

    Raises
    ------
    ValueError
        The network takes something else; the message says what is expected and what it takes.
    """

    def __init__(
        self,
        session: Any,
        name: str,
        input_size: tuple[int, int] | None = None,
        takes_sizes: bool = False,
    ) -> None:
        self._session = session
        self.name = name
        inputs = session.get_inputs()
        self._check_inputs(inputs, takes_sizes)
        self._picture, self._dtype = inputs[0].name, _DTYPES[inputs[0].type]
        self._sizes = inputs[1].name if len(inputs) > 1 else None
        self.metadata: Mapping[str, str] = dict(session.get_modelmeta().custom_metadata_map)
        batch = inputs[0].shape[0]
        self._batch = batch if _is_fixed(batch) else None  # where it has a name, it may be any number
        self.width, self.height = self._size(inputs[0].shape, input_size)
        self.blank_outputs = self._tried()

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[Any]]:
        """Run the network; blocks.

        Parameters
        ----------
        pictures : numpy.ndarray
            float32, n × 3 × height × width. A network of a fixed batch is run several times.

        Returns
        -------
        list of numpy.ndarray
            Its outputs, in its order, with the n pictures along the first axis.

        Raises
        ------
        ValueError
            An output has another number of rows than there are pictures.
        """
        count = len(pictures)
        if self._batch is None or self._batch == count:
            outputs = self._run(pictures)
        else:
            parts = [
                self._run(_padded(pictures[i : i + self._batch], self._batch))
                for i in range(0, count, self._batch)
            ]
            outputs = [np.concatenate(part)[:count] for part in zip(*parts, strict=True)]
        if any(output.shape[:1] != (count,) for output in outputs):
            raise ValueError(
                f"{self.name}: each output has one row per picture, {count} here; got shapes "
                f"{shapes_of(outputs)}"
            )
        return outputs

    def _run(self, pictures: NDArray[np.float32]) -> list[NDArray[Any]]:
        inputs: dict[str, NDArray[Any]] = {self._picture: pictures.astype(self._dtype, copy=False)}
        if self._sizes is not None:
            inputs[self._sizes] = np.tile(np.array([self.width, self.height], np.int64), (len(pictures), 1))
        outputs = self._session.run(None, inputs)
        return [np.atleast_1d(np.asarray(output)) for output in outputs]

    def _tried(self) -> list[NDArray[Any]]:
        # in `open`: what cannot work ends the flow before its first frame, and a GPU is warm
        blank = np.zeros((1, _CHANNELS, self.height, self.width), np.float32)
        try:
            return self.run(blank)
        except ValueError:
            raise
        except Exception as error:
            raise ValueError(
                f"{self.name} cannot be run for a picture of {self.width}×{self.height} pixels, shape "
                f"{blank.shape}: {error}"
            ) from error

    def _check_inputs(self, inputs: Sequence[Any], takes_sizes: bool) -> None:
        others = inputs[1:]
        if takes_sizes and len(others) == 1 and _is_sizes(others[0]):
            others = []
        if others or not inputs or not _is_picture(inputs[0]):
            got = "; ".join(f"{i.name}: {i.type} {' × '.join(map(str, i.shape))}" for i in inputs) or "none"
            hint = ""
            if inputs and len(inputs[0].shape) == _PICTURE_RANK and inputs[0].shape[3] == _CHANNELS:
                hint = "; export it with channels first"
            raise ValueError(
                f"{self.name}: expected one input, tensor(float) or tensor(float16) of batch × 3 × height × "
                f"width; got {len(inputs)}: {got}{hint}"
            )

    def _size(self, shape: Sequence[Any], wished: tuple[int, int] | None) -> tuple[int, int]:
        exported = _exported_size(self.metadata)
        sizes = []
        for side, dimension, i in (("width", shape[3], 0), ("height", shape[2], 1)):
            if _is_fixed(dimension):
                if wished is not None and wished[i] != dimension:
                    raise ValueError(
                        f"{self.name}: expected pictures of {shape[3]}×{shape[2]} pixels, width × height, "
                        f"as its input is fixed; got input_size={wished}"
                    )
                sizes.append(dimension)
            elif wished is not None or exported is not None:
                sizes.append((wished or exported or ())[i])
            else:
                raise ValueError(
                    f"{self.name} takes pictures of any {side}: say input_size=(width, height), the size "
                    "that it was trained for"
                )
        return sizes[0], sizes[1]


def _is_picture(given: Any) -> bool:
    if given.type not in _DTYPES or len(given.shape) != _PICTURE_RANK:
        return False
    return not isinstance(given.shape[1], int) or given.shape[1] == _CHANNELS


def _is_fixed(dimension: Any) -> bool:
    return isinstance(dimension, int) and dimension > 0  # what a 0 means onnxruntime says when it is run


def _is_sizes(given: Any) -> bool:
    return given.type == _SIZES and len(given.shape) == 2 and given.shape[1] == 2


def shapes_of(outputs: Sequence[NDArray[Any]]) -> str:
    """The shapes of outputs, for messages."""
    return ", ".join(" × ".join(map(str, output.shape)) for output in outputs)


def _padded(pictures: NDArray[np.float32], batch: int) -> NDArray[np.float32]:
    missing = batch - len(pictures)
    if not missing:
        return pictures
    return np.concatenate([pictures, np.zeros((missing, *pictures.shape[1:]), np.float32)])


def _exported_size(metadata: Mapping[str, str]) -> tuple[int, int] | None:
    """Width and height from what Ultralytics' exporter writes: ``imgsz``, height first."""
    try:
        height, width = map(int, ast.literal_eval(metadata.get("imgsz", "")))
    except (SyntaxError, TypeError, ValueError):
        return None
    return (width, height) if min(width, height) > 0 else None
