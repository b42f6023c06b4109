"""The lake: DuckLake tables (catalog + Parquet) with blobs beside them. All SQL on them goes through here."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from vwi_lake import blocklist
from vwi_lake.blobs import Blobs
from vwi_lake.catalog import OPEN, attach, in_postgres, outlast, patiently
from vwi_lake.columns import columns_of, fields_of, frame
from vwi_lake.errors import VwiError
from vwi_lake.meanings import BARE, comments, meanings
from vwi_lake.rules import Rules, tables_read
from vwi_lake.settings import LakeSettings

SCHEMAS = ("bronze", "seeds", "verdicts", "silver", "rejects", "gold")


class Lake:
    """An open lake. Threads may share it: statements take turns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rules: Rules, settings: LakeSettings) -> None:
        self.connection, self.rules, self.settings = connection, rules, settings
        self.blobs, self.place = blobs_of(settings), settings.catalog or settings.path
        self.turn = threading.RLock()
        self.alone: Callable[[], AbstractContextManager[None]] = nullcontext  # what a rebuild waits for, where several workers share a lake
        self.has_yields = False  # the view lists the models there are, so it is made once after opening
        define(connection, rules)

    # -- opening ---------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, settings: LakeSettings, rules: Rules | None = None, records: Iterable[type] = ()) -> "Lake":
        """Open for writing; what is missing (folder, catalog, schemas, tables, new columns of `records`) is made."""
        lake = cls(attach(settings, writable=True), rules or Rules(), settings)
        lake._write(lambda: lake._prepare(list(records)))
        return lake

    @classmethod
    def read(cls, settings: LakeSettings, at: str | None = None, rules: Rules | None = None) -> "Lake":
        """Open for reading only, as of snapshot `at` (a number or a run's id) where one is given; runs that write are not disturbed."""
        number = _snapshot_number(settings, at) if at else None
        return cls(attach(settings, writable=False, at=number), rules or Rules(), settings)

    def close(self) -> None:
        self.connection.close()

    def _prepare(self, records: list[type]) -> None:
        have = {tuple(r) for r in self._rows("select schema_name, '' from duckdb_schemas() where database_name = 'lake'")}
        for schema in SCHEMAS:
            if (schema, "") not in have:
                self.connection.execute(f"create schema if not exists lake.{schema}")
        self._make_tables(records)
        self._load_csv_tables()

    def _make_tables(self, records: list[type]) -> None:
        sql = "select table_name, column_name from duckdb_columns() where database_name = 'lake' and schema_name = 'bronze'"
        have: dict[str, set[str]] = {}
        for table, column in self._rows(sql):
            have.setdefault(table, set()).add(column)
        for record in records:
            name, columns = table_of(record), columns_of(record)
            if name not in have:
                listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                self.connection.execute(f"create table bronze.{name} ({listed})")
                continue
            for column in [c for c in columns if c not in have[name]]:
                self.connection.execute(f'alter table bronze.{name} add column "{column}" {columns[column]}')
            self._add_fields(name, fields_of(record))

    def _add_fields(self, name: str, wanted: dict[str, dict[str, str]]) -> None:
        """A lake made by an older version lacks fields of lists of structs."""
        if not wanted:
            return
        schema = self.connection.execute(f"from bronze.{name} limit 0").pl().schema
        for column, kinds in wanted.items():
            inner = schema[column].inner  # type: ignore[attr-defined]
            for field in [f for f in kinds if f not in {have.name for have in inner.fields}]:
                self.connection.execute(f'alter table bronze.{name} add column "{column}".element."{field}" {kinds[field]}')

    def _load_csv_tables(self) -> None:
        for name, path in self.rules.csv_tables.items():
            rows = csv_rows(name, path)
            self.connection.register("csv_rows", rows)
            if not self._same(name, rows.columns):
                self.connection.execute(f"create or replace table {name} as select * from csv_rows")

    def _same(self, name: str, columns: list[str]) -> bool:
        """Does table `name` hold just the rows of the registered csv_rows? Then no snapshot is spent on it."""
        try:
            have = self.connection.execute(f"select * from {name}")
        except duckdb.CatalogException:
            return False
        if [c[0] for c in have.description] != columns:
            return False
        return not self._rows(f"(from {name} except all from csv_rows) union all (from csv_rows except all from {name}) limit 1")

    # -- reading ---------------------------------------------------------------------------------------------------

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """One statement's result; a catalog locked by a writer is asked again."""
        with self.turn:
            return patiently(lambda: self.connection.execute(sql, parameters or None).pl())

    def look(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """As `query`, on a connection of its own: other queries may run meanwhile."""
        with closing(self.connection.cursor()) as cursor:
            patiently(lambda: cursor.execute("use lake"))
            return patiently(lambda: cursor.execute(sql, list(parameters) or None).pl())

    def stream(self, sql: str, parameters: Sequence[Any] = (), rows: int = 1000) -> Iterator[pl.DataFrame]:
        """A long result, about `rows` at a time, on a connection of its own: other queries may run meanwhile."""
        cursor = self.connection.cursor()
        try:
            cursor.execute("use lake")
            for batch in cursor.execute(sql, list(parameters) or None).to_arrow_reader(rows):
                yield pl.DataFrame(pl.from_arrow(batch))
        finally:
            cursor.close()

    def _rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def pending(self, stage: str) -> pl.DataFrame:
        """Rows a stage has still to ask about; the models its SQL reads are brought up to date first."""
        sql = self.rules.pending(stage)
        self.rebuild(self.rules.upstream(sql))
        return self.query(sql)

    def set(self, **variables: Any) -> None:
        """Values that SQL reads with getvariable('name')."""
        with self.turn:
            for name, value in variables.items():
                self.connection.execute(f"set variable {name} = $1", [value])

    def show(self, name: str, rows: pl.DataFrame) -> None:
        """Let SQL read a frame under a name, for this connection only."""
        with self.turn:
            self.connection.register(name, rows)

    # -- writing ---------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Any], note: str = "") -> None:
        """Add rows to the bronze tables of their classes, all or none, in one commit."""
        if records:
            ordered = sorted(records, key=lambda r: table_of(type(r)))
            frames = {name: frame(list(rows)) for name, rows in groupby(ordered, key=lambda r: table_of(type(r)))}
            self._write(lambda: self._insert(frames), note)

    def _insert(self, frames: dict[str, pl.DataFrame]) -> None:
        for name, rows in frames.items():
            self.connection.register("new_rows", rows)
            self.connection.execute(f"insert into bronze.{name} by name select * from new_rows")
        self.connection.unregister("new_rows")

    def rebuild(self, names: Iterable[str] | None = None) -> list[str]:
        """Build stale models (all, or those named) in the order their SQL implies; returns what was built."""
        wanted, is_whole = set(self.rules.models if names is None else names), names is None
        if not (wanted & self.stale()) and (self.has_yields or not is_whole):
            return []
        with self.alone():
            stale = self.stale()  # another worker may have built meanwhile
            todo = [name for name in self.rules.models if name in wanted & stale]
            if todo or (is_whole and not self.has_yields):
                self._write(lambda: self._build_all(todo, with_yields=is_whole), "rebuild")
                self.has_yields |= is_whole
        return todo

    def stale(self) -> frozenset[str]:
        """Models whose SQL, or something that it reads, is newer than what they were built from."""
        changed = dict(self.query(CHANGED).iter_rows())
        built = self._built()
        stale: list[str] = []
        for name, text in self.rules.models.items():  # what a model reads comes before it
            reads = tables_read(text) - {name}
            sql, at = built.get(name, ("", -1))
            newest = max((changed.get(table, built.get(table, ("", -1))[1]) for table in reads), default=-1)
            if sql != _digest(text) or newest > at or reads.intersection(stale):
                stale.append(name)
        return frozenset(stale)

    def _built(self) -> dict[str, tuple[str, int]]:
        """'silver.urls' → hash of its SQL, and the snapshot that it was built from: a comment, which comes and goes with the table."""
        sql = "select schema_name, table_name, comment from duckdb_tables() where database_name = 'lake' and comment is not null"
        found: dict[str, tuple[str, int]] = {}
        for schema, name, comment in self.query(sql).iter_rows():
            if told := BUILT.fullmatch(comment):
                found[f"{'silver' if schema == 'verdicts' else schema}.{name}"] = told[1], int(told[2])
        return found

    def _build_all(self, names: list[str], with_yields: bool) -> None:
        """In one transaction: nobody sees a silver table of now beside a gold table of before."""
        (seen_at,) = self._rows("select id from lake.current_snapshot()")[0]
        for name in names:
            self._build(name, seen_at)
        if with_yields and not self.has_yields:
            self._view("gold.stage_yields", yields_sql(self.rules))
        if with_yields:
            for statement in comments(meanings(self.rules), self._rows(BARE)):
                self.connection.execute(statement)

    def _build(self, name: str, seen_at: int) -> None:
        schema, table = name.split(".")
        target = f"gold.{table}" if schema == "gold" else f"verdicts.{table}"
        try:
            self.connection.execute(f"create or replace table {target} as {self.rules.models[name]}")
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise VwiError(f"the SQL of {name} does not work: {error}") from None
        self.connection.execute(f"comment on table {target} is 'sql {_digest(self.rules.models[name])} on snapshot {seen_at}'")
        if schema == "silver":
            kept = f"select * exclude (rejected_because) from verdicts.{table} where rejected_because is null"
            self._view(f"silver.{table}", kept)
            self._view(f"rejects.{table}", f"select * from verdicts.{table} where rejected_because is not null")

    def _view(self, name: str, sql: str) -> None:
        """Made anew on each rebuild, since a view keeps the columns it was made with."""
        self.connection.execute(f"create or replace view {name} as {sql}")

    def _write(self, work: Callable[[], None], note: str = "") -> None:
        """Do `work` in one transaction, named `note` in the snapshots; a lost race or a locked catalog is tried again."""

        def attempt() -> None:
            self.connection.execute("begin")
            try:
                work()
                if note:
                    self.connection.execute("call lake.set_commit_message('vwi', $1)", [note])
                self.connection.execute("commit")
            except BaseException:
                with suppress(duckdb.Error):  # DuckDB has already rolled back where the commit itself failed
                    self.connection.execute("rollback")
                raise

        with self.turn:
            patiently(attempt)

    def snapshot(self) -> int:
        """The number of the snapshot that is read: the newest, or the one the lake was opened at."""
        return self.query("select id from lake.current_snapshot()")["id"][0]

    # -- taking back -----------------------------------------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """One statement without a result, for temporary tables of this connection."""
        with self.turn:
            patiently(lambda: self.connection.execute(sql, list(parameters) or None))

    def rewrite(self, tables: Mapping[str, tuple[str, str]], note: str) -> None:
        """Make bronze tables anew in one commit: name → the columns to select, and the condition of the rows to keep."""

        def work() -> None:
            for name, (columns, kept) in tables.items():
                self.connection.execute(f"create or replace table bronze.{name} as select {columns} from bronze.{name} where {kept}")

        self._write(work, note)

    def forget_snapshots(self) -> None:
        """Only the newest snapshot stays, and the files that it reads."""
        earlier = self.query("select snapshot_id from lake.snapshots() where snapshot_id < $1", [self.snapshot()])
        self.expire(earlier["snapshot_id"].to_list())
        self.run("call ducklake_cleanup_old_files('lake', cleanup_all => true)")

    def expire(self, snapshots: Sequence[int]) -> None:
        """Drop snapshots, once all transactions that are open now have ended.

        DuckLake tells a lost race by the number of the next snapshot being taken. Were it free again, a transaction that began
        before would commit under it beside what it never saw. SQLite refuses such a transaction by itself.
        """
        if in_postgres(self.settings):
            outlast(lambda: dict(self.query(OPEN).iter_rows()))
        for some in (snapshots[i : i + 1000] for i in range(0, len(snapshots), 1000)):
            self.run(f"call ducklake_expire_snapshots('lake', versions => [{', '.join(map(str, some))}])")

    def taken_at(self) -> str:
        """When the snapshot that is read was made: two lakes may number theirs alike."""
        return str(self.made_at())

    def made_at(self) -> datetime:
        """Of the snapshot that is read."""
        return self.query("select snapshot_time from lake.snapshots() where snapshot_id = $1", [self.snapshot()])["snapshot_time"][0]

    # -- judging ---------------------------------------------------------------------------------------------------

    def yields(self) -> pl.DataFrame:
        return self.query("select * from gold.stage_yields")

    def check(self, kind: str) -> dict[str, int]:
        """Check name → number of offending rows, for the checks of one kind that found any."""
        counts = {name: self.query(f"select count(*) as n from ({sql})")["n"][0] for name, sql in self.rules.checks(kind).items()}
        return {name: n for name, n in counts.items() if n}


def yields_sql(rules: Rules) -> str:
    """gold.stage_yields: all tables of silver, in the order of the stages whose answers they judge."""
    from vwi_lake.stages import STAGES, stage_of

    judged = [n for n in rules.models if n.startswith("silver.")]
    stages = {name: stage_of(name, rules) for name in judged}
    order = sorted(judged, key=lambda name: (list(STAGES).index(stages[name]) if stages[name] in STAGES else len(STAGES), name))
    parts = [
        f"select {i} as position, '{stages[name]}' as stage, '{name}' as table_name, rejected_because, count(*) as rows "
        f"from verdicts.{name.split('.')[1]} group by all"
        for i, name in enumerate(order)
    ]
    return YIELDS.format(parts="\n  union all ".join(parts))


def define(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Make the macros of the rules, for this connection only: tables are built with them, views must not need them."""
    try:
        connection.execute(rules.macros)
    except duckdb.Error as error:
        raise VwiError(f"the SQL of macros.sql does not work: {error}") from None


# The position keeps the order in which the tables are built, which is that of the stages.
YIELDS = """
with counts as (
  {parts}
)
select
  stage,
  table_name,
  (sum(rows) over whole)::bigint as rows_in,
  (coalesce(sum(rows) filter (rejected_because is null) over whole, 0))::bigint as kept,
  rejected_because,
  rows,
from counts
window whole as (partition by table_name)
order by position, rejected_because is not null, rows desc, rejected_because
"""


BUILT = re.compile("sql ([0-9a-f]+) on snapshot ([0-9]+)")

# Table → the snapshot that last changed it.
CHANGED = """
with files as (
  select table_id, max(greatest(begin_snapshot, coalesce(end_snapshot, 0))) as at
  from (
    select table_id, begin_snapshot, end_snapshot from __ducklake_metadata_lake.ducklake_data_file
    union all
    select table_id, begin_snapshot, end_snapshot from __ducklake_metadata_lake.ducklake_delete_file
  )
  group by table_id
)
select schemas.schema_name || '.' || tables.table_name as name, greatest(tables.begin_snapshot, coalesce(files.at, 0)) as at
from __ducklake_metadata_lake.ducklake_table as tables
join __ducklake_metadata_lake.ducklake_schema as schemas using (schema_id)
left join files using (table_id)
where tables.end_snapshot is null and schemas.end_snapshot is null and schemas.schema_name in ('bronze', 'seeds')
"""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def csv_rows(name: str, path: Path) -> pl.DataFrame:
    """A file of sql/seeds; lists of domains are checked line by line, since people edit them by hand."""
    try:
        if name in blocklist.COLUMNS:
            return blocklist.read_list(name, path.read_text(encoding="utf-8"), str(path))
        return pl.read_csv(path, infer_schema=False, comment_prefix="#")
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise VwiError(f"{path} is not a readable table: {error}. One header line, then a row a line, commas between.") from None


def table_of(record: type) -> str:
    """The bronze table of a record class: its TABLE."""
    return record.TABLE  # type: ignore[attr-defined]


def blobs_of(settings: LakeSettings) -> Blobs:
    return Blobs(settings.blobs or str(Path(settings.path).absolute() / "blobs"))


def _snapshot_number(settings: LakeSettings, at: str) -> int:
    now = Lake.read(settings)
    try:
        found = now.query(
            "select max(snapshot_id) as n from lake.snapshots() where snapshot_id::varchar = $1 or commit_message = 'run ' || $1", [at]
        )
    finally:
        now.close()
    if found["n"][0] is None:
        raise VwiError(f'no snapshot {at!r} in this lake: vwi sql "from lake.snapshots()" lists them')
    return found["n"][0]
