"""The rules on rows given by hand, in memory and without a lake: what `vwi urls explain`, the SQL tests and benchmarks run."""

from collections.abc import Iterable, Mapping

import duckdb
import polars as pl

from vwi_lake.columns import columns_of
from vwi_lake.lake import SCHEMAS, csv_rows, define, table_of
from vwi_lake.rules import Rules, tables_read


def scratch(rules: Rules, records: Iterable[type], place: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory (or at `place`) with a lake's schemas, the tables of `records`, empty, and those of sql/seeds."""
    connection = duckdb.connect(place)
    define(connection, rules)
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    for record in records:
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns_of(record).items())
        connection.execute(f"create table bronze.{table_of(record)} ({listed})")
    for name, path in rules.csv_tables.items():
        put(connection, name, csv_rows(name, path))
    return connection


def put(connection: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    """Make a table of these rows; into a table of bronze they go by name, and what they lack is null."""
    connection.register("given_rows", rows)
    if name.startswith("bronze."):
        connection.execute(f"insert into {name} by name from given_rows")
    else:
        connection.execute(f"create or replace table {name} as from given_rows")
    connection.unregister("given_rows")


def build(connection: duckdb.DuckDBPyConnection, rules: Rules, name: str, given: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Build one model, and first those it reads that were not `given`; returns its rows, for silver those of verdicts."""
    needed = _needed(rules, name, given or {})
    for model in [m for m in rules.models if m in needed]:
        schema, table = model.split(".")
        connection.execute(f"create table {'gold' if schema == 'gold' else 'verdicts'}.{table} as {rules.models[model]}")
        if schema == "silver":
            connection.execute(
                f"create view silver.{table} as select * exclude (rejected_because) from verdicts.{table} where rejected_because is null"
            )
            connection.execute(f"create view rejects.{table} as from verdicts.{table} where rejected_because is not null")
    schema, table = name.split(".")
    return connection.execute(f"from {'gold' if schema == 'gold' else 'verdicts'}.{table}").pl()


def _needed(rules: Rules, name: str, given: Mapping[str, object]) -> set[str]:
    """`name` and what it reads, directly or through others; tables given are not built, nor what they read."""
    needed, todo = {name}, [name]
    while todo:
        more = (tables_read(rules.models[todo.pop()]) & rules.models.keys()) - given.keys() - needed
        needed |= more
        todo += more
    return needed
