"""Replies and attempts in one SQLite file beside the lake: written down before they are used, whatever happens to the run."""

import asyncio
import json
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vwi_lake.providers.llm_reply import LlmReply

TABLES = """
create table if not exists replies (request_hash text primary key, reply text not null);
create table if not exists attempts (
  attempt integer primary key, request_hash text not null, sent_at text not null default current_timestamp,
  outcome text, -- null: sent, and the run ended before an answer came: it may be on the bill
  calls integer not null default 1, tokens integer not null, usd real not null);
create table if not exists batches (
  batch text primary key, file text not null, model text not null, n integer not null, state text not null, -- ours | sent | done
  endpoint_id text, made_at text not null default current_timestamp);
create table if not exists batched (request_hash text primary key, batch text not null);
"""
_FIELDS = {f.name for f in fields(LlmReply)}
Write = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Spent:
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd)


class Spool:
    """Read in the caller's thread; written by a thread of its own, which commits at once all that waits."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.reader = _open(path)
        self.reader.executescript(TABLES)
        self.waiting: queue.SimpleQueue[tuple[list[Write], Future[None]] | None] = queue.SimpleQueue()
        self.writer: threading.Thread | None = None

    # -- replies -------------------------------------------------------------------------------------------------------

    def find(self, request_hash: str) -> LlmReply | None:
        row = self.reader.execute("select reply from replies where request_hash = ?", [request_hash]).fetchone()
        return _reply(row[0]) if row else None

    async def keep(self, replies: Iterable[tuple[str, LlmReply]]) -> None:
        """Returns once they are on the disk."""
        rows: list[Write] = [("insert or replace into replies values (?, ?)", (key, json.dumps(asdict(reply)))) for key, reply in replies]
        await asyncio.wrap_future(self.write(rows))

    def count(self) -> int:
        return int(self._one("select count(*) from replies")[0])

    def learn(self, replies: Iterable[tuple[str, LlmReply]]) -> None:
        """Replies that somebody else wrote down, with what they cost; those known already stay as they are."""
        for key, reply in replies:
            if self.find(key) is None:
                tokens = (reply.prompt_tokens or 0) + (reply.completion_tokens or 0)
                paid = "insert into attempts (attempt, request_hash, outcome, calls, tokens, usd) values (?, ?, ?, ?, ?, ?)"
                values = (secrets.randbits(62), key, reply.outcome, reply.attempts, tokens, reply.cost_usd or 0.0)
                self.write([("insert or ignore into replies values (?, ?)", (key, json.dumps(asdict(reply)))), (paid, values)])
        self.write([]).result()

    # -- attempts ------------------------------------------------------------------------------------------------------

    def sent(self, request_hash: str, bound: Spent) -> int:
        """A note that a request goes out, which a kill does not undo; what it may cost stands there until it is known."""
        attempt = secrets.randbits(62)  # two runs may write at a time
        values = (attempt, request_hash, bound.tokens, bound.usd)
        self.write([("insert into attempts (attempt, request_hash, tokens, usd) values (?, ?, ?, ?)", values)])
        return attempt

    def came(self, attempt: int, outcome: str, spent: Spent) -> None:
        values = (outcome, spent.calls, spent.tokens, spent.usd, attempt)
        self.write([("update attempts set outcome = ?, calls = ?, tokens = ?, usd = ? where attempt = ?", values)])

    def spent(self) -> Spent:
        return Spent(*self._one("select coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(usd), 0) from attempts"))

    # -- writing -------------------------------------------------------------------------------------------------------

    def write(self, statements: list[Write]) -> "Future[None]":
        if self.writer is None:
            self.writer = threading.Thread(target=self._write_all, name="spool", daemon=True)
            self.writer.start()
        done: Future[None] = Future()
        self.waiting.put((statements, done))
        return done

    def _write_all(self) -> None:
        with closing(_open(self.path)) as connection:
            is_last = False
            while not is_last:
                together = [self.waiting.get()]
                while not self.waiting.empty():
                    together.append(self.waiting.get())
                is_last = together[-1] is None
                _commit(connection, [write for write in together if write])

    def close(self) -> None:
        if self.writer is not None:
            self.waiting.put(None)
            self.writer.join()
            self.writer = None
        self.reader.close()

    def _one(self, sql: str) -> tuple[Any, ...]:
        return self.reader.execute(sql).fetchone()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    return connection


def _commit(connection: sqlite3.Connection, together: list[tuple[list[Write], "Future[None]"]]) -> None:
    try:
        connection.execute("begin immediate")
        for statements, _ in together:
            for sql, values in statements:
                connection.execute(sql, values)
        connection.execute("commit")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("rollback")
        for _, done in together:
            done.set_exception(error)
    else:
        for _, done in together:
            done.set_result(None)


def _reply(text: str) -> LlmReply:
    """Fields that another version wrote and this one does not know are passed over."""
    return LlmReply(**{name: value for name, value in json.loads(text).items() if name in _FIELDS})
