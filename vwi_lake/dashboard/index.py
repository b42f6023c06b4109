"""An index of the pairs: a DuckDB file beside the lake with a row per pair and per word. Made when it is needed, safe to delete.

DuckLake has no indexes and its texts are wide; here a page of pairs, a filter or a word among a million pairs takes milliseconds.
"""

import hashlib
import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from vwi_lake.dashboard.words import words_of
from vwi_lake.lake import Lake

FOLDER = "dashboard"  # in the lake's folder
READ = ("qa_candidates", "qa_pairs", "aligned_answers", "unique_pairs", "clean_pairs", "subjects", "pages")  # by pairs.sql and words.sql
FILTERS = ("subject", "domain", "answer_source", "is_visual", "agreement", "extractor", "rejected_by", "rejected_because")
NONE = "none"  # as a filter's value: null
MOST_VALUES = 200  # of a filter, that are listed


@dataclass(frozen=True)
class Index:
    """An index that is open for reading; threads may share it. Its words come later than its pairs: they take longer."""

    connection: duckdb.DuckDBPyConnection
    state: str  # of the lake that it was made from
    has_words: threading.Event

    def look(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        with closing(self.connection.cursor()) as cursor:
            return cursor.execute(sql, list(parameters) or None).pl()

    def find(self, filters: Mapping[str, str], text: str, after: int = 0, limit: int = 50) -> dict[str, Any]:
        """The next pairs after a place that meet all filters and hold all words of a text, and how many do in all (None: not known yet)."""
        if words_of(text) and not self.has_words.is_set():
            return {"pairs": [], "total": None}
        where, values = condition(filters, text)
        rows = self.look(f"from pairs where place > {int(after)} and {where} order by place limit {int(limit)}", values)
        total = self.look(f"select count(*) as n from pairs where {where}", values)["n"][0] if not after else None
        return {"pairs": rows.to_dicts(), "total": total}

    def facets(self) -> dict[str, list[tuple[Any, int]]]:
        """The values of each filter with their number of pairs, the most frequent first."""
        names, sets = ", ".join(FILTERS), ", ".join(f"({name})" for name in FILTERS)
        counted = self.look(f"select {names}, grouping_id({names}) as kind, count(*) as n from pairs group by grouping sets ({sets})")
        found: dict[str, list[tuple[Any, int]]] = {}
        for number, name in enumerate(reversed(FILTERS)):
            mine = counted.filter(pl.col("kind") == 2 ** len(FILTERS) - 1 - 2**number).sort("n", name, descending=[True, False])
            found[name] = mine.select(name, "n").head(MOST_VALUES).rows()
        return found


def condition(filters: Mapping[str, str], text: str) -> tuple[str, list[str]]:
    """What pairs must meet, as SQL with its parameters: filters by name, and all words, of which the last may go on."""
    parts, values = ["true"], list[str]()
    for name in [n for n in FILTERS if filters.get(n)]:  # names come from FILTERS alone
        if filters[name] == NONE:
            parts.append(f"{name} is null")
        else:
            values.append(filters[name])
            parts.append(f"{name}::varchar = ${len(values)}")
    *whole, last = words_of(text) or [""]
    for word in whole:
        values.append(word)
        parts.append(f"place in (select place from words.words where word = ${len(values)})")
    if last:
        values += [last, last + chr(0x10FFFF)]
        parts.append(f"place in (select place from words.words where word >= ${len(values) - 1} and word < ${len(values)})")
    return " and ".join(parts), values


def state_of(lake: Lake) -> str | None:
    """A name for what an index is made from: it changes when a table or the SQL does. None: there are no pairs yet."""
    names = ", ".join(f"'{name}'" for name in READ)
    tables = lake.look(
        f"select table_name, table_uuid::varchar from ducklake_table_info('lake') where table_name in ({names}) order by all"
    )
    sql = [lake.rules.texts[f"dashboard/{name}.sql"] for name in ("pairs", "words")]
    return hashlib.sha256(repr((tables.rows(), sql)).encode()).hexdigest()[:16] if tables.height == len(READ) else None


def open_index(lake: Lake, folder: Path, state: str) -> Index:
    """The index of this state of the lake, made first where there is none; its words are made meanwhile."""
    pairs, words = folder / f"{state}.pairs.duckdb", folder / f"{state}.words.duckdb"
    if not pairs.exists():
        build(lake, "pairs", pairs)
    index = Index(duckdb.connect(str(pairs), read_only=True), state, threading.Event())
    if words.exists():
        add_words(index, words)
    else:
        threading.Thread(target=make_words, args=[lake, index, pairs, words], daemon=True).start()
    return index


def make_words(lake: Lake, index: Index, pairs: Path, words: Path) -> None:
    with suppress(duckdb.Error, OSError):  # the dashboard was closed, the disk is full: pairs are shown without a search
        build(lake, "words", words, pairs)
        add_words(index, words)


def add_words(index: Index, words: Path) -> None:
    with closing(index.connection.cursor()) as cursor:
        # within a process, DuckDB opens a file once: another dashboard here may have its words already
        cursor.execute(f"attach if not exists {quoted(words)} as words (read_only)")
    index.has_words.set()


def build(lake: Lake, name: str, path: Path, pairs: Path | None = None) -> None:
    """Made under another name, so that nobody sees half of one; those of earlier states go."""
    partly = path.with_suffix(f".{secrets.token_hex(4)}.part")
    with lake.turn:
        try:
            lake.run(f"attach {quoted(partly)} as making")
            if pairs:
                lake.run(f"attach {quoted(pairs)} as made (read_only)")
            sql = lake.rules.texts[f"dashboard/{name}.sql"].replace("join pairs as", "join made.main.pairs as")
            lake.run("set enable_progress_bar = false")  # DuckDB draws one on standard output
            lake.run(f"create table making.main.{name} as {sql}")
            lake.run("detach making")
            partly.replace(path)
        finally:
            for attached in ("making", "made"):
                lake.run(f"detach database if exists {attached}")
            partly.unlink(missing_ok=True)
            partly.with_suffix(".part.wal").unlink(missing_ok=True)
    for old in path.parent.glob(f"*.{name}.duckdb"):
        if old != path:
            with suppress(OSError):  # a system may refuse to remove a file that another dashboard reads
                old.unlink()


def quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def folder_of(lake_path: str) -> tuple[Path, bool]:
    """Where indexes lie, and whether they go with this process: beside the lake, or where nobody may write there, in a new folder."""
    folder = Path(lake_path) / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{secrets.token_hex(4)}.part"
        probe.touch()
        probe.unlink()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="vwi-dashboard-")), True
    return folder, False


def drop(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
