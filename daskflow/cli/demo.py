"""The demo: boxes around what moves in a video."""

from __future__ import annotations

import importlib
import logging
from importlib.resources import files
from pathlib import Path

from daskflow.cli.complaints import UsageProblem
from daskflow.core.constants import BATCH
from daskflow.flow import Flow

_NEEDED = ("av", "cv2", "supervision")


def demo_flow(source: Path | None, output: Path) -> Flow:
    """The flow of the demo, checked as far as that goes without running it.

    Parameters
    ----------
    source : pathlib.Path or None
        The video to read; None for the sample that comes with daskflow.
    output : pathlib.Path
        The video to write.

    Raises
    ------
    UsageProblem
        A package is missing, the input is no video, or the output cannot be written.
    """
    if source is not None and not source.exists():
        raise UsageProblem(f"there is no file {source}")
    _check_packages()
    from daskflow.consumers import VideofileWriter
    from daskflow.processors.vision import BoundingBoxAnnotator, MotionDetector
    from daskflow.producers import VideofileReader

    sample = Path(str(files("daskflow"))) / "data" / "pedestrians.mp4"
    source = sample if source is None else source
    _check_videos(source.resolve(), output.resolve())
    try:
        writer = VideofileWriter(output)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    reader = VideofileReader(source)
    moving = MotionDetector()(reader)
    boxes = BoundingBoxAnnotator(nb_tasks=2)(reader, moving)
    return Flow([reader], [writer(boxes)], BATCH, name="demo")


def _check_packages() -> None:
    for name in _NEEDED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing = isinstance(error, ModuleNotFoundError) and error.name == name
            what = "is not installed" if missing else f"cannot be imported ({error})"
            raise UsageProblem(
                f'the demo needs the package {name}, which {what}: pip install "daskflow[vision]"'
            ) from error


def _check_videos(source: Path, output: Path) -> None:
    from daskflow.consumers.target import check_target
    from daskflow.producers.decoding import VideoDecoder

    try:
        VideoDecoder(str(source), threads=1, logger=logging.getLogger("daskflow")).close()
        check_target(str(output), replaces=True)
    except (OSError, ValueError) as error:
        raise UsageProblem(str(error)) from error
    if source == output:
        raise UsageProblem(f"{output} is both input and output: give another --output")
