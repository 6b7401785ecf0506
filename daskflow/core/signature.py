"""What a node's method can be called with: how many inputs, and whether it wants the context."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CONTEXT_PARAMETER = "ctx"


@dataclass(frozen=True, slots=True)
class MethodSignature:
    """How many positional inputs a method takes, and whether it takes ``ctx``."""

    least: int
    most: int | None  # None: any number
    takes_context: bool
    needed_keywords: tuple[str, ...] = ()  # keyword-only without default, other than ctx: nobody gives them

    def accepts(self, count: int) -> bool:
        """Whether the method can be called with `count` inputs."""
        return self.least <= count and (self.most is None or count <= self.most)

    def describe(self) -> str:
        """The number of inputs in words, such as ``2`` or ``at least 1``."""
        if self.most is None:
            return f"at least {self.least}" if self.least else "any number of"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


def method_signature(method: Callable[..., Any]) -> MethodSignature:
    """Read the signature of a bound method or function; what cannot be inspected accepts anything."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return MethodSignature(0, None, takes_context=False)
    least, most, takes_context = 0, 0, False
    unlimited = False
    needed: list[str] = []
    for parameter in parameters:
        if parameter.name == CONTEXT_PARAMETER and parameter.kind is not parameter.POSITIONAL_ONLY:
            takes_context = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            unlimited = True
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            most += 1
            if parameter.default is parameter.empty:
                least += 1
        elif parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            needed.append(parameter.name)
    return MethodSignature(least, None if unlimited else most, takes_context, tuple(needed))


def call_with_context(method: Callable[..., Any], values: tuple[Any, ...], ctx: Any) -> Any:
    """Call a method of a node inside of another node, with the context where it takes one."""
    return method(*values, ctx=ctx) if method_signature(method).takes_context else method(*values)
