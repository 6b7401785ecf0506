"""What is to be done when something goes wrong in a node."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.core.arguments import check_numbers

FAIL, SKIP_MESSAGE, RETRY = "fail", "skip", "retry"
ON_ERROR = (FAIL, SKIP_MESSAGE, RETRY)

DEFAULT_RETRIES = 3
"""With ``on_error="retry"``, where `retries` does not say."""

DEFAULT_SNAPSHOT_EVERY = 16


@dataclass(frozen=True, slots=True)
class Policy:
    """How a node's failures are treated; see `Node` for what each means.

    Attributes
    ----------
    on_error : str
        ``"fail"``, ``"skip"`` or ``"retry"``.
    retries : int
        How often a call is tried again before that.
    process_timeout_s : float or None
        How long a call may take, in seconds.
    max_restarts : int or None
        How many processes of a task may die in a minute; None for what the run says.
    snapshot_every : int
        After how many messages the state of a node that has `snapshot` and `restore` is stored.
    memory_limit : int, str or None
        Memory of its own that a task may take: bytes, or words such as ``"2GB"``.
    """

    on_error: str = FAIL
    retries: int = 0
    process_timeout_s: float | None = None
    max_restarts: int | None = None
    snapshot_every: int = DEFAULT_SNAPSHOT_EVERY
    memory_limit: int | str | None = None

    @classmethod
    def of_options(
        cls,
        *,
        on_error: str,
        retries: int | None,
        process_timeout_s: float | None,
        max_restarts: int | None,
        snapshot_every: int,
        memory_limit: int | str | None,
    ) -> Policy:
        """Check a user's options, and fill in what they leave open.

        Raises
        ------
        TypeError
            One of them is no number.
        ValueError
            One of them is out of its range; the message says which, and what it may be.
        """
        counts = {"retries": retries, "max_restarts": max_restarts, "snapshot_every": snapshot_every}
        for name, count in counts.items():
            if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
                raise TypeError(f"{name} is a whole number, got {count!r}")
        check_numbers(process_timeout_s=process_timeout_s)
        if on_error not in ON_ERROR:
            raise ValueError(f"on_error is one of {', '.join(ON_ERROR)}, got {on_error!r}")
        if retries is None:
            retries = default_retries(on_error)
        if retries < 0 or (on_error == RETRY and retries < 1):
            least = 1 if on_error == RETRY else 0
            raise ValueError(f"retries is at least {least} with on_error={on_error!r}, got {retries}")
        if process_timeout_s is not None and not process_timeout_s > 0:
            raise ValueError(f"process_timeout_s is a number of seconds above 0, got {process_timeout_s}")
        if max_restarts is not None and max_restarts < 0:
            raise ValueError(f"max_restarts is at least 0, got {max_restarts}")
        if snapshot_every < 1:
            raise ValueError(f"snapshot_every is at least 1, got {snapshot_every}")
        return cls(on_error, retries, process_timeout_s, max_restarts, snapshot_every, memory_limit)

    @property
    def skips_errors(self) -> bool:
        """Whether a message that fails for good is given up, rather than the run."""
        return self.on_error == SKIP_MESSAGE


def default_retries(on_error: str) -> int:
    """How often a call is tried again where only `on_error` was said."""
    return DEFAULT_RETRIES if on_error == RETRY else 0
