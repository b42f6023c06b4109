"""What columns mean, from sql/columns/*.csv: the words of `vwi describe`, docs/guides/tables.md and the lake's column comments."""

import csv
from collections.abc import Iterable, Iterator

from vwi_lake.errors import VwiError
from vwi_lake.rules import Rules

HEADER = ["table", "column", "meaning"]
Meanings = dict[tuple[str, str], str]


def meanings(rules: Rules) -> Meanings:
    """(table, column) → its meaning; table `*` says what a column of that name means wherever nothing else is said."""
    found: Meanings = {}
    for path in (p for name, p in rules.files.items() if name.startswith("columns/")):
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        wrong = [row for row in rows if len(row) != len(HEADER)]
        if header != HEADER or wrong:
            raise VwiError(f"{path}: each line is table,column,meaning, with a meaning that holds commas in quotes: {wrong[:1] or header}")
        found |= {(table, column): meaning for table, column, meaning in rows}
    return found


def meaning(known: Meanings, table: str, column: str) -> str | None:
    """Of a column, or of a field of a list of structs (`images.url`). Tables of verdicts and rejects are those of silver."""
    name = table.replace("verdicts.", "silver.").replace("rejects.", "silver.")
    return known.get((name, column)) or known.get(("*", column.rsplit(".", 1)[-1]))


BARE = """
select schema_name || '.' || table_name, column_name
from duckdb_columns()
where database_name = 'lake' and comment is null
  and schema_name in ('bronze', 'seeds', 'verdicts', 'gold') -- views have the columns of their tables, and take no comments of their own
  and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables() where database_name = 'lake')
"""


def comments(known: Meanings, bare: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Statements that comment on columns which have no comment yet, given as (table, column)."""
    for table, column in bare:
        if said := meaning(known, table, column):
            quoted = said.replace("'", "''")
            yield f"comment on column lake.{table}.\"{column}\" is '{quoted}'"
