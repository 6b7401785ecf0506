"""Whether who looks at a run may see pictures of its messages."""

from __future__ import annotations

import dask.config


def may_preview(asked: bool) -> bool:
    """Whether pictures may be shown: not if `Flow.run` was told so, nor if Dask's configuration says so.

    Parameters
    ----------
    asked : bool
        What `Flow.run` was told.

    Raises
    ------
    TypeError
        `asked` is neither True nor False.
    ValueError
        ``daskflow.preview`` in Dask's configuration is neither True nor False: a misspelt "no" is no "yes".
    """
    if not isinstance(asked, bool):
        raise TypeError(f"preview is True or False, got {asked!r}")
    allowed = dask.config.get("daskflow.preview", True)
    if not isinstance(allowed, bool):
        raise ValueError(f"daskflow.preview in Dask's configuration is True or False, got {allowed!r}")
    return asked and allowed
