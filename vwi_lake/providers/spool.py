"""Replies and attempts in a book beside the lake: written down before they are used, whatever happens to the run.

What is written goes to a journal at once, so that a kill cannot undo it, and a few milliseconds later to the disk with all
else that waits. What a killed run's journal still holds, the next one to open the spool takes in.
"""

import asyncio
import json
import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson

from vwi_lake.books import Book, SqliteBook, Write, open_book
from vwi_lake.errors import VwiError
from vwi_lake.journal import Journal
from vwi_lake.providers.llm_reply import Choice, Completion, LlmReply
from vwi_lake.settings import LakeSettings

LLM_BOOK = "llm-replies.sqlite"  # in the lake's folder; of a catalog in PostgreSQL, the schema vwi_llm_replies
TABLES = """
create table if not exists replies (request_hash text primary key, reply text not null, subject_id text);
create table if not exists exchanges ( -- completions of requests that have no reply yet: a repair or a restart follows
  exchange bigint primary key, request_hash text not null, subject_id text not null, turn text not null,
  attempt bigint, -- null: it came with a batch
  said text not null);
create index if not exists exchanges_of on exchanges (request_hash);
create table if not exists attempts (
  attempt bigint primary key, request_hash text not null, sent_at text not null default current_timestamp,
  outcome text, -- null: sent, and the run ended before an answer came: it may be on the bill
  calls bigint not null default 1, tokens bigint not null, usd double precision not null);
create index if not exists open_attempts on attempts (request_hash) where outcome is null;
create table if not exists batches (
  batch text primary key, file text not null, model text not null, n integer not null,
  state text not null, -- gathering | ours: being sent | sent | done
  endpoint_id text, made_at text not null default current_timestamp, endpoint text);
create table if not exists batched (request_hash text primary key, batch text not null, subject_id text);
"""
ADDED = tuple(  # since the first version
    f"alter table {table} add column {column} text"
    for table, column in (("replies", "subject_id"), ("batched", "subject_id"), ("batches", "endpoint"))
)
# What the journal names; each does no harm when it is carried out twice.
STATEMENTS = {
    "keep": "insert into replies (request_hash, reply, subject_id) values (?, ?, ?) "
    "on conflict (request_hash) do update set reply = excluded.reply, subject_id = excluded.subject_id",
    "sent": "insert into attempts (attempt, request_hash, tokens, usd) values (?, ?, ?, ?) on conflict (attempt) do nothing",
    "came": "update attempts set outcome = ?, calls = ?, tokens = ?, usd = ? where attempt = ?",
    "heard": "insert into exchanges (exchange, request_hash, subject_id, turn, attempt, said) values (?, ?, ?, ?, ?, ?) "
    "on conflict (exchange) do nothing",
    "settle": "delete from exchanges where request_hash = ?",
}
_JOURNAL_BYTES = 16 << 20  # then a new file is begun
_FIELDS = {f.name for f in fields(LlmReply)}


@dataclass(frozen=True)
class Spent:
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd)


@dataclass(frozen=True)
class Heard:
    """A completion that has come to no reply yet."""

    request_hash: str
    subject_id: str
    turn: str
    said: Completion
    attempt: int | None = None
    exchange: int = field(default_factory=lambda: secrets.randbits(62))

    @property
    def write(self) -> Write:
        said = orjson.dumps(asdict(self.said)).decode()
        return "heard", (self.exchange, self.request_hash, self.subject_id, self.turn, self.attempt, said)


class Spool:
    """Read in the caller's thread; written by a thread of its own, which commits at once all that waits."""

    def __init__(self, path: Path, lake: LakeSettings | None = None) -> None:
        """At `path`, or beside the catalog of a `lake` in PostgreSQL, for all its workers; the journal is of this machine in any case."""
        self.path, self.is_shared = path, lake is not None and lake.catalog is not None
        self.open = lambda: open_book(lake, Path(LLM_BOOK).stem, TABLES) if lake and lake.catalog else _at(path)
        self.reader = self.open()
        self.journal, self.journaled = Journal(path.with_suffix(".unsaved"), secrets.token_hex(8)), 0
        self._take_over()
        self.replayed, self.has_failed = set[int](), False
        self.waiting: queue.SimpleQueue[tuple[list[Write], Future[None]] | None] = queue.SimpleQueue()
        self.writer: threading.Thread | None = None

    def _take_over(self) -> None:
        """What a killed run had written down and may not have committed."""
        for path, written in Journal.abandoned(self.journal.folder):
            # too large a number could not be committed before either
            entries = [(STATEMENTS[name], values) for name, values in _entries(written) if all(map(_fits, values))]
            self.reader.write(entries)
            path.unlink()

    # -- replies -------------------------------------------------------------------------------------------------------

    def find(self, request_hash: str) -> LlmReply | None:
        rows = self.reader.rows("select reply from replies where request_hash = ?", [request_hash])
        return _reply(rows[0][0]) if rows else None

    async def keep(self, replies: Iterable[tuple[str, str, LlmReply]]) -> None:
        """By hash and subject; returns once they are on the disk. What led to them is not needed any more."""
        rows = [row for key, subject_id, reply in replies for row in (kept(key, subject_id, reply), ("settle", (key,)))]
        await asyncio.wrap_future(self.write_down(rows))

    def count(self) -> int:
        return int(self.reader.rows("select count(*) from replies")[0][0])

    def learn(self, replies: Iterable[tuple[str, str, LlmReply]]) -> None:
        """Replies that somebody else wrote down, with what they cost; those known already stay as they are."""
        for key, subject_id, reply in replies:
            if self.find(key) is None:
                tokens = (reply.prompt_tokens or 0) + (reply.completion_tokens or 0)
                paid = "insert into attempts (attempt, request_hash, outcome, calls, tokens, usd) values (?, ?, ?, ?, ?, ?)"
                values = (secrets.randbits(62), key, reply.outcome, reply.attempts, tokens, reply.cost_usd or 0.0)
                self.write([kept(key, subject_id, reply), (paid, values)])
        self.write([]).result()

    # -- attempts ------------------------------------------------------------------------------------------------------

    def sent(self, request_hash: str, bound: Spent) -> int:
        """A note that a request goes out, which a kill does not undo; what it may cost stands there until it is known."""
        attempt = secrets.randbits(62)  # two runs may write at a time
        self.write_down([("sent", (attempt, request_hash, bound.tokens, bound.usd))])
        return attempt

    def came(self, attempt: int, outcome: str, spent: Spent) -> None:
        self.write_down([("came", (outcome, spent.calls, spent.tokens, spent.usd, attempt))])

    def heard(self, heard: Heard, spent: Spent) -> None:
        """Before anything is made of it; and what the attempt came to."""
        self.write_down([heard.write, ("came", ("ok", spent.calls, spent.tokens, spent.usd, heard.attempt))])

    def has_heard(self, request_hash: str) -> bool:
        return bool(self.reader.rows("select 1 from exchanges where request_hash = ?", [request_hash]))

    def has_bought(self, request_hash: str) -> bool:
        """Answered, heard, or in a batch."""
        tables = ("replies", "exchanges", "batched")
        sql = " union all ".join(f"select 1 from {table} where request_hash = ?" for table in tables)
        return bool(self.reader.rows(sql, [request_hash] * len(tables)))

    def recall(self, request_hash: str, turn: str) -> Completion | None:
        """What was heard on this request and has come to no reply; each exchange is told once."""
        sql = "select exchange, said from exchanges where request_hash = ? and turn = ?"
        for number, said in self.reader.rows(sql, [request_hash, turn]):
            if number not in self.replayed:
                self.replayed.add(number)
                return _completion(json.loads(said))
        return None

    def spent(self) -> Spent:
        calls, tokens, usd = self.reader.rows(
            "select coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(usd), 0) from attempts"
        )[0]
        return Spent(int(calls), int(tokens), float(usd))

    # -- writing -------------------------------------------------------------------------------------------------------

    def write_down(self, entries: list[Write]) -> "Future[None]":
        """Safe from a kill when this returns, on the disk when the future is done. For statements of STATEMENTS, by their names."""
        line = orjson.dumps(entries)
        self.journal.append(line)
        self.journaled += len(line)
        done = self.write(entries)
        if self.journaled > _JOURNAL_BYTES:
            ended, self.journaled = self.journal.cut(), 0
            done.add_done_callback(lambda _: self._drop(ended))  # all that it holds was committed by then
        return done

    def write(self, statements: list[Write]) -> "Future[None]":
        if self.writer is None:
            self.writer = threading.Thread(target=self._write_all, name="spool", daemon=True)
            self.writer.start()
        done: Future[None] = Future()
        self.waiting.put((statements, done))
        return done

    def _write_all(self) -> None:
        with closing(self.open()) as book:
            is_last = False
            while not is_last:
                together = [self.waiting.get()]
                while not self.waiting.empty():
                    together.append(self.waiting.get())
                is_last = together[-1] is None
                self._commit(book, [write for write in together if write])

    def _commit(self, book: Book, together: list[tuple[list[Write], "Future[None]"]]) -> None:
        try:
            book.write([(STATEMENTS.get(sql, sql), values) for statements, _ in together for sql, values in statements])
        except (sqlite3.Error, OverflowError, VwiError) as error:
            self.has_failed = True
            for _, done in together:
                done.set_exception(error)
        else:
            for _, done in together:
                done.set_result(None)

    def _drop(self, journal: "tuple[int, Path] | None") -> None:
        """Where a commit failed (a full disk) the journal stays, and the next run takes it in."""
        if self.has_failed and journal:
            os.close(journal[0])
        else:
            Journal.drop(journal)

    def close(self) -> None:
        if self.writer is not None:
            self.waiting.put(None)
            self.writer.join()
            self.writer = None
        self._drop(self.journal.cut())
        self.reader.close()


def kept(key: str, subject_id: str, reply: LlmReply) -> Write:
    return "keep", (key, json.dumps(asdict(reply)), subject_id)


def _entries(written: bytes) -> Iterator[Write]:
    """A last line that was cut off is left out, and so is what another version of the code wrote."""
    for line in written.splitlines():
        with suppress(ValueError, TypeError):
            yield from [(name, tuple(values)) for name, values in orjson.loads(line) if name in STATEMENTS]


def _at(path: Path) -> SqliteBook:
    book = SqliteBook(path)
    book.write([(statement, ()) for statement in TABLES.split(";") if statement.strip()])
    for column in ADDED:
        with suppress(sqlite3.OperationalError):  # it is there
            book.rows(column)
    return book


def _fits(value: Any) -> bool:
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


def _reply(text: str) -> LlmReply:
    """Fields that another version wrote and this one does not know are passed over."""
    return LlmReply(**{name: value for name, value in json.loads(text).items() if name in _FIELDS})


def _completion(said: dict[str, Any]) -> Completion:
    return Completion(**(said | {"choices": [Choice(**choice) for choice in said["choices"]]}))
