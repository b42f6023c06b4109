"""Books: small tables beside the catalog, with the unique keys that DuckLake does not have. SQLite for one machine, PostgreSQL for a team.

Their SQL is what both understand: `?` for values, `on conflict`, `returning`.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from vwi_lake.errors import VwiError
from vwi_lake.settings import LakeSettings

Write = tuple[str, tuple[Any, ...]]
PATIENCE_S = 120.0  # how long a database that is down or locked is asked again before we give up


class Book(Protocol):
    """Threads may share one: statements take turns."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """One statement, committed."""
        ...

    def write(self, statements: Iterable[Write]) -> list[list[tuple[Any, ...]]]:
        """All or none; what each returned. May be done twice where the connection broke in the commit: write by key."""
        ...

    def shrink(self, tables: Iterable[str]) -> None:
        """What was deleted is in no file any more."""
        ...

    def close(self) -> None: ...


def open_book(lake: LakeSettings, name: str, tables: str) -> Book:
    """The book `name`, with its tables made where they are missing."""
    book: Book = SqliteBook(Path(lake.path) / f"{name}.sqlite") if lake.catalog is None else PostgresBook(lake.catalog, name)
    book.write([(statement, ()) for statement in tables.split(";") if statement.strip()])
    return book


class SqliteBook:
    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, timeout=PATIENCE_S, check_same_thread=False, isolation_level=None)
            self.connection.execute("pragma journal_mode=wal")
        except (OSError, sqlite3.Error) as error:
            raise VwiError(f"{path} cannot be opened: {error}. Is its folder writable, and the disk not full?") from None
        self.turn = threading.Lock()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.turn:
            return self.connection.execute(sql, values).fetchall()

    def write(self, statements: Iterable[Write]) -> list[list[tuple[Any, ...]]]:
        with self.turn:
            self.connection.execute("begin immediate")
            try:
                found = [self.connection.execute(sql, values).fetchall() for sql, values in statements]
                self.connection.execute("commit")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("rollback")
                raise
            return found

    def shrink(self, tables: Iterable[str]) -> None:
        self.rows("vacuum")

    def close(self) -> None:
        with self.turn:
            self.connection.close()


class PostgresBook:
    """A schema of its own in the catalog's database; a connection that broke is made anew."""

    def __init__(self, catalog: str, name: str) -> None:
        self.address, self.schema = conninfo(catalog), f"vwi_{name.replace('-', '_')}"
        self.turn = threading.Lock()
        self.connection: Any = None
        self.write([(f"create schema if not exists {self.schema}", ())])

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.write([(sql, tuple(values))])[0]

    def write(self, statements: Iterable[Write]) -> list[list[tuple[Any, ...]]]:
        import psycopg

        statements, deadline, pause = list(statements), time.monotonic() + PATIENCE_S, 0.05
        with self.turn:
            while True:
                try:
                    return self._write(statements)
                except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UniqueViolation) as error:
                    self._drop()
                    if time.monotonic() > deadline:
                        raise VwiError(f"PostgreSQL cannot be asked: {error}. Is it up, and [lake] catalog right?") from None
                time.sleep(pause)
                pause = min(2 * pause, 2.0)

    def _write(self, statements: list[Write]) -> list[list[tuple[Any, ...]]]:
        connection = self._connected()
        with connection.transaction():
            found = []
            for sql, values in statements:
                cursor = connection.execute(sql.replace("?", "%s") if values else sql, values or None)
                found.append(cursor.fetchall() if cursor.description else [])
            return found

    def shrink(self, tables: Iterable[str]) -> None:
        with self.turn:
            for table in tables:
                self._connected().execute(f"vacuum full {table}")

    def _connected(self) -> Any:
        import psycopg

        if self.connection is None:
            options = f"-c search_path={self.schema} -c client_min_messages=warning"
            self.connection = psycopg.connect(self.address, autocommit=True, options=options, connect_timeout=10)
        return self.connection

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def close(self) -> None:
        with self.turn:
            self._drop()


def conninfo(catalog: str) -> str:
    """What libpq wants of "postgres:dbname=vwi host=…"; VwiError where it is no PostgreSQL catalog, or its client is missing."""
    kind, _, rest = catalog.partition(":")
    if kind not in ("postgres", "postgresql"):
        raise VwiError(f'[lake] catalog = "{kind}:…" is not known: write "postgres:dbname=… host=…", or leave it out: SQLite in the folder')
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise VwiError(f"a catalog in PostgreSQL needs one more package ({error}): pip install 'vwi-lake[team]'") from None
    return catalog if rest.startswith("//") else rest
