"""From pixels of a picture to metres on the ground that it shows."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]

_FEWEST_POINTS = 4

_FAR_DOWN = (0.0, 1e5)
"""Below any picture, where a camera that is not upside down sees the ground."""


def checked_homography(matrix: ArrayLike, on_the_ground: ArrayLike = _FAR_DOWN) -> Matrix:
    """A 3 × 3 matrix that can be inverted, with the sign that makes depth positive on the ground.

    Parameters
    ----------
    matrix : array-like
        3 × 3.
    on_the_ground : array-like
        x and y, in pixels, of a point that is not beyond the horizon.

    Raises
    ------
    ValueError
        It is none.
    """
    homography = np.array(matrix, dtype=np.float64)
    if homography.shape != (3, 3) or not np.isfinite(homography).all():
        raise ValueError(f"a homography is 3 × 3 finite numbers, got {matrix!r}")
    if np.linalg.matrix_rank(homography / np.abs(homography).max(initial=1e-300), tol=1e-12) < 3:
        raise ValueError("this homography takes the ground to a line or a point")
    return homography if homography[2] @ [*np.asarray(on_the_ground), 1.0] > 0 else -homography


def homography_of(source: ArrayLike, target: ArrayLike) -> Matrix:
    """The homography that takes `source` to `target`; with more than four points, the best by least squares.

    Parameters
    ----------
    source, target : array-like
        n × 2, n at least 4: points of the ground in pixels, and the same in metres.

    Raises
    ------
    ValueError
        They are none, or lie on a line.
    """
    pixels, metres = np.array(source, np.float64), np.array(target, np.float64)
    if pixels.shape != metres.shape or pixels.ndim != 2 or pixels.shape[1] != 2:
        raise ValueError(
            f"source and target are as many points, n × 2, got the shapes {pixels.shape} and {metres.shape}"
        )
    if len(pixels) < _FEWEST_POINTS:
        raise ValueError(f"source and target are at least {_FEWEST_POINTS} points, got {len(pixels)}")
    if not (np.isfinite(pixels).all() and np.isfinite(metres).all()):
        raise ValueError("points of source and target are finite numbers")
    found: Any = cv2.findHomography(pixels, metres)[0]
    if found is None:
        raise ValueError("source and target do not fix the ground: three of four points lie on a line")
    return checked_homography(found, pixels.mean(axis=0))


def to_ground(points: NDArray[Any], homography: Matrix) -> NDArray[np.float64]:
    """Points in metres, n × 2, of `points` in pixels; nan for what lies at or beyond the horizon."""
    lifted = np.column_stack([points, np.ones(len(points))]) @ homography.T
    depth = np.where(lifted[:, 2:] > 0, lifted[:, 2:], np.nan)
    ground: NDArray[np.float64] = lifted[:, :2] / depth
    return ground
