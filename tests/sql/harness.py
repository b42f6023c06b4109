"""Given rows, expected rows: any table of sql/, built in memory, so that no lake is opened for a case."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from vwi_lake.columns import schema_of
from vwi_lake.records import BRONZE
from vwi_lake.rules import Rules
from vwi_lake.scratch import build, put, scratch

RECORDS = {f"bronze.{r.TABLE}": r for r in BRONZE}
Rows = Sequence[Mapping[str, Any]]


def rows_of(table: str, given: Mapping[str, Rows | pl.DataFrame], rules: Rules | None = None, **variables: Any) -> list[dict[str, Any]]:
    """What `table` ('silver.urls', 'gold.domains') holds where the given tables hold these rows; for silver, rejected rows too.

    Tables of bronze may leave columns out (null); a given table of silver or seeds stands in for the one that would be built.
    """
    rules = rules or Rules()
    connection = scratch(rules, RECORDS.values())
    try:
        for name, value in variables.items():
            connection.execute(f"set variable {name} = $1", [value])
        for name, rows in given.items():
            put(connection, name, frame_of(name, rows))
        return build(connection, rules, table, given).to_dicts()
    finally:
        connection.close()


def frame_of(name: str, rows: Rows | pl.DataFrame) -> pl.DataFrame:
    if isinstance(rows, pl.DataFrame):
        return rows
    schema = {c: kind for c, kind in schema_of(RECORDS[name]).items() if any(c in row for row in rows)} if name in RECORDS else None
    if not rows and name in RECORDS:
        return pl.DataFrame(schema=schema_of(RECORDS[name]))
    return pl.DataFrame([dict(row) for row in rows], schema=schema, infer_schema_length=None)


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of tests/sql/<name>.yaml."""
    return yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
