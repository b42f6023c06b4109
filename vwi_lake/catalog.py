"""Where a lake's tables are known: attaching DuckLake's catalog, and what it takes to share it with others."""

import logging
import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from vwi_lake.errors import VwiError
from vwi_lake.settings import LakeSettings

log = logging.getLogger(__name__)
EXTENSIONS = ("ducklake", "sqlite_scanner")
PATIENCE_S = 120.0  # how long a locked catalog is asked again before we give up

Result = TypeVar("Result")


def attach(settings: LakeSettings, writable: bool, at: int | None = None) -> duckdb.DuckDBPyConnection:
    folder = Path(settings.path).absolute()
    if settings.catalog is None:
        _make_catalog(folder) if writable else _find_catalog(folder)
    # DuckLake writes catalog and tables by these names; quotes are doubled, so a path cannot end the literal
    catalog = settings.catalog or f"sqlite:{folder / 'catalog.sqlite'}"
    options = [f"DATA_PATH {_quote(settings.data or str(folder / 'data') + '/')}", "OVERRIDE_DATA_PATH true"]
    # else DuckLake keeps small inserts as text in the SQLite catalog, and DuckDB cannot read every list of structs back from text
    options.append("DATA_INLINING_ROW_LIMIT 0")
    if not writable:
        options = ["READ_ONLY", *options]
    if at is not None:
        options.append(f"SNAPSHOT_VERSION {int(at)}")
    connection = connect(settings)
    try:
        patiently(lambda: connection.execute(f"attach {_quote('ducklake:' + catalog)} as lake ({', '.join(options)})"))
    except duckdb.Error as error:
        raise VwiError(f"the lake at {settings.catalog or folder} cannot be opened: {error}") from None
    connection.execute("use lake")
    return connection


def connect(settings: LakeSettings) -> duckdb.DuckDBPyConnection:
    from duckdb_extensions import import_extension

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for name in (*EXTENSIONS, *_more_extensions(settings)):
        try:
            import_extension(name, con=connection)
        except (ImportError, OSError, duckdb.Error):
            connection.execute(f"install {name}")  # not shipped as a wheel for this platform: from DuckDB's own repository
        connection.execute(f"load {name}")
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set temp_directory = {_quote(str(Path(settings.path).absolute() / 'spill'))}")  # else .tmp where one happens to be
    _find_s3(connection, settings)
    if settings.memory:
        connection.execute(f"set memory_limit = {_quote(settings.memory)}")
    connection.execute("set ducklake_max_retry_count = 100")
    return connection


def _find_s3(connection: duckdb.DuckDBPyConnection, settings: LakeSettings) -> None:
    """Keys and region come from AWS_* by themselves; the address of a server that is not Amazon's does not."""
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if address and "://" in (settings.data or ""):
        scheme, _, server = address.rstrip("/").partition("://")
        connection.execute("set global s3_url_style = 'path'")
        connection.execute(f"set global s3_use_ssl = {scheme == 'https'}")
        connection.execute(f"set global s3_endpoint = {_quote(server)}")


def in_postgres(settings: LakeSettings) -> bool:
    return "postgres" in (settings.catalog or "")


def _more_extensions(settings: LakeSettings) -> list[str]:
    wanted = {"postgres_scanner": in_postgres(settings), "httpfs": "://" in (settings.data or "")}
    return [name for name, needed in wanted.items() if needed]


def _make_catalog(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise VwiError(f"{folder} is a file, but a lake is a folder: name another with --lake")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "catalog.sqlite").exists():  # DuckDB has an SQLite of its own, whose locks on a file go when this one closes it
            return
        catalog = sqlite3.connect(folder / "catalog.sqlite", timeout=60)
        # WAL lets readers and writers work at once, and persists: without it commits starve (docs/decisions/0002)
        catalog.execute("pragma journal_mode=wal")
        catalog.close()
    except (OSError, sqlite3.Error) as error:
        raise VwiError(f"no lake can be made at {folder}: {error}. Name a writable folder with --lake.") from None


def _find_catalog(folder: Path) -> None:
    if not (folder / "catalog.sqlite").is_file():
        raise VwiError(f"no lake at {folder}: name it with --lake, or make one with `vwi run` or `vwi demo`")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# -- others at work --------------------------------------------------------------------------------------------------------


def patiently(work: Callable[[], Result], patience_s: float = PATIENCE_S) -> Result:
    """Do `work`; while another process holds the catalog or wins a race, wait a little (with jitter) and do it again."""
    deadline, pause = time.monotonic() + patience_s, 0.05
    while True:
        try:
            return work()
        except duckdb.Error as error:
            if not _is_contention(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 2, 2.0)


def _is_contention(error: duckdb.Error) -> bool:
    if isinstance(error, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
        return False  # a name in the statement may read like a lock
    text = str(error).lower()
    return any(sign in text for sign in LOST_RACES)


# "duplicate key": two opened a new lake in PostgreSQL at once
LOST_RACES = ("database is locked", "database table is locked", "conflict", "could not serialize", "deadlock", "duplicate key value")


# Transactions of others that are open on a catalog in PostgreSQL: each holds a lock on its own name, which every role may see.
OPEN = """
from postgres_query('__ducklake_metadata_lake', '
  select virtualtransaction, pid
  from pg_locks join pg_stat_activity using (pid)
  where locktype = ''virtualxid'' and datname = current_database() and pid <> pg_backend_pid()')
"""


def outlast(look: Callable[[], dict[str, int]], longest_s: float = 3600.0, quiet_s: float = 5.0) -> None:
    """Wait until what `look` tells now (transactions and their processes) has ended; what begins meanwhile does not count."""
    began, first = time.monotonic(), look()
    while first := {name: pid for name, pid in look().items() if name in first}:
        waited, told = time.monotonic() - began, ", ".join(map(str, sorted(set(first.values()))))
        if waited > longest_s:
            raise VwiError(
                f"PostgreSQL's processes {told} have had transactions open for {waited / 60:.0f} minutes: old snapshots stay. "
                "Let them end (`select pg_terminate_backend(…)` ends one), and do this again"
            )
        if waited > quiet_s:
            log.warning("old snapshots wait until transactions on the catalog have ended, of PostgreSQL's processes %s", told)
            quiet_s = longest_s
        time.sleep(0.2)
