"""The data dictionary: all tables and columns of a lake with what they mean, as a frame and as docs/guides/tables.md."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import takewhile

import duckdb
import polars as pl

import vwi_lake
from vwi_lake.columns import Record
from vwi_lake.lake import yields_sql
from vwi_lake.meanings import meaning, meanings
from vwi_lake.rules import Rules
from vwi_lake.scratch import build, scratch

Records = tuple[type[Record], ...]
GRAIN_OF_YIELDS = "One row per judged table and reason; `rejected_because` is null in the row of those kept."


def dictionary(rules: Rules, records: Records) -> pl.DataFrame:
    """table, column, type, meaning (null where nobody wrote it); fields of structs as `column.field`, silver and rejects as silver."""
    known, connection = meanings(rules), blank(rules, records)
    try:
        rows = [(table, column, kind, meaning(known, table, column)) for table, column, kind in columns(connection)]
    finally:
        connection.close()
    return pl.DataFrame(rows, schema=dict.fromkeys(("table", "column", "type", "meaning"), pl.String), orient="row")


def all_records() -> Records:
    """Every class of a bronze table, wherever in the package it is."""
    for module in pkgutil.walk_packages(vwi_lake.__path__, "vwi_lake."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):  # parts that run in an environment of their own
                importlib.import_module(module.name)
    return tuple(sorted(_with_table(Record), key=lambda record: record.TABLE))  # type: ignore[attr-defined]


def _with_table(record: type[Record]) -> set[type[Record]]:
    below = {found for child in record.__subclasses__() for found in _with_table(child)}
    ours = hasattr(record, "TABLE") and record.__module__.startswith("vwi_lake.")
    return below | ({record} if ours else set())


def blank(rules: Rules, records: Records) -> duckdb.DuckDBPyConnection:
    """All tables of a lake, empty, in memory."""
    connection, built = scratch(rules, records), dict[str, None]()
    for name in rules.models:
        build(connection, rules, name, built)
        built[name] = None
    connection.execute(f"create view gold.stage_yields as {yields_sql(rules)}")
    return connection


LISTED = """
select schema_name || '.' || table_name, column_name, lower(data_type)
from duckdb_columns()
where schema_name in ('bronze', 'verdicts', 'gold', 'seeds')
order by list_position(['bronze', 'verdicts', 'gold', 'seeds'], schema_name), table_name, column_index
"""


def columns(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """(table, column, type)"""
    for table, column, kind in connection.execute(LISTED).fetchall():
        name = table.replace("verdicts.", "silver.")
        yield name, column, "struct[]" if kind.startswith("struct") else kind.replace("timestamp with time zone", "timestamptz")
        if kind.startswith("struct"):
            fields = connection.execute(f'from (describe (select unnest("{column}", recursive := true) from {table}))').fetchall()
            for field, inner, *_ in fields:
                yield name, f"{column}.{field}", inner.lower()


def grain(table: str, rules: Rules, records: Iterable[type[Record]]) -> str:
    """What one row of a table is: the first sentence of its SQL or CSV file, or its record's docstring after `bronze.x: `."""
    schema, name = table.split(".")
    if schema == "bronze":
        said = next((r.__doc__ or "" for r in records if name == r.TABLE), "").partition(": ")[2]  # type: ignore[attr-defined]
        return first_sentence(said.split("\n\n")[0].splitlines())
    if path := rules.csv_tables.get(table):
        return first_sentence(line[2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
    if sql := rules.models.get(table):
        return first_sentence(line[3:] for line in takewhile(lambda line: line.startswith("-- "), sql.splitlines()))
    return GRAIN_OF_YIELDS


def first_sentence(lines: Iterable[str]) -> str:
    said = re.split(r"(?<=[.?]) (?=[A-Z`])", " ".join(line.strip() for line in lines))[0]
    return said[:1].upper() + said[1:]


def markdown(rules: Rules, records: Records) -> str:
    """A section per table: its grain, then a line per column."""
    parts = [HEAD]
    for (table,), rows in dictionary(rules, records).group_by("table", maintain_order=True):
        lines = [f"| `{column}` | {kind} | {(said or '').replace('|', chr(92) + '|')} |" for _, column, kind, said in rows.iter_rows()]
        parts.append(
            "\n".join([f"## {table}", "", grain(str(table), rules, records), "", "| column | type | meaning |", "|---|---|---|", *lines])
        )
    return "\n\n".join(parts) + "\n"


HEAD = """# Tables

Written by `make docs` from sql/columns/*.csv, and from the SQL files and record classes themselves: correct it there. The same words
are comments on the lake's columns, so any SQL tool that shows comments shows them; `vwi describe TABLE` prints them.

- `bronze`: answers of the world; rows are only ever added. A column of a struct is listed as `column.field`.
- `silver`, `rejects`: the kept and the dropped rows of `verdicts`. A table is described once, as `silver.x`; the column
  `rejected_because` is in `verdicts.x` and `rejects.x`.
- `gold`: what people use.
- `seeds`: the tables of sql/seeds, which you may replace by your own."""
