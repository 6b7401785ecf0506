"""Records as a tidy table: a row for each trial and metric, and files of it."""

from __future__ import annotations

import csv
import importlib.util
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from daskflow.experiments.sweeps.journal import write_json
from daskflow.experiments.sweeps.metrics import unit_of
from daskflow.experiments.sweeps.trial import Record

logger = logging.getLogger("daskflow.experiments")

FIRST = ("trial", "repeat", "order")
LAST = ("status", "metric", "value", "unit")
"""Columns before and after those of the settings."""

OF_TRIALS = {*FIRST, "settings", "seed", "status", "error", "started_at"}
"""What of a record is no metric."""


def tidy_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """A row for each trial and metric (Wickham, Tidy Data, Journal of Statistical Software 59, 2014).

    The columns are those of `FIRST`, the settings by their names, and those of `LAST`. Of a trial that failed
    the values are None, but for those that came before a user's own metric failed.
    """
    return [
        {
            **{key: record[key] for key in FIRST},
            **record["settings"],
            "status": record["status"],
            "metric": metric,
            "value": value,
            "unit": unit_of(metric),
        }
        for record in records
        for metric, value in metrics_of(record).items()
    ]


def metrics_of(record: Record) -> dict[str, float | None]:
    """What of a record are metrics."""
    return {key: value for key, value in record.items() if key not in OF_TRIALS}


def write_rows(folder: Path, rows: Sequence[Mapping[str, Any]], settings: Sequence[str]) -> list[Path]:
    """Write ``records.csv``, ``records.json`` and, where pyarrow is installed, ``records.parquet``.

    Parameters
    ----------
    folder : pathlib.Path
        Where to; the files are replaced if they exist.
    rows : sequence of mapping
        As `tidy_rows` makes them.
    settings : sequence of str
        The names of the settings.

    Returns
    -------
    list of pathlib.Path
        The files.
    """
    columns = [*FIRST, *settings, *LAST]
    written = [folder / "records.csv", folder / "records.json"]
    with written[0].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([[_cell(row[column]) for column in columns] for row in rows])
    write_json(written[1], list(rows))
    if importlib.util.find_spec("pyarrow") is None:
        logger.warning("no records.parquet: that needs pyarrow, pip install 'daskflow[tables]'")
        return written
    return [*written, _write_parquet(folder / "records.parquet", rows, columns)]


def _write_parquet(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name: str) -> Any:
        values = [row[name] for row in rows]
        if name == "value":
            return pa.array(values, pa.float64())
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # of several types, such as 2 and "2GB"
            return pa.array([None if value is None else _text(value) for value in values], pa.string())

    pq.write_table(pa.table({name: column(name) for name in columns}), path)
    return path


def _cell(value: Any) -> Any:
    """Nothing for None; lists and mappings as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
