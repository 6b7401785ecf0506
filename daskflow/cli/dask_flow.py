"""``dask flow``: the commands of ``daskflow`` beside ``dask worker`` and ``dask scheduler``."""

from __future__ import annotations

import click

from daskflow.cli.commands import main

flow = click.Group(
    "flow",  # Dask takes this name, and not that of the entry point
    commands=main.commands,
    params=main.params,
    help=main.help,
    context_settings=main.context_settings,
)
"""What the entry point of the group ``dask_cli`` names."""
