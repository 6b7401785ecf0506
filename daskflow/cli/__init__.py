"""The command line."""

from daskflow.cli.commands import main

__all__ = ["main"]
