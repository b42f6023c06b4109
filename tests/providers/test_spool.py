"""Replies and attempts on disk: what a kill leaves in the journal, what a full disk does, what odd servers make us write."""

import asyncio
import os
import sqlite3
from concurrent.futures import Future
from contextlib import closing

import pytest

from vwi_lake.providers.llm_reply import Choice, Completion, LlmReply
from vwi_lake.providers.spool import Heard, Spent, Spool

REPLY = LlmReply("4", "m", 10, 5, 0, 1.0, 1, "ok")
SAID = Completion([Choice("ok", "4")], "m", 10, 5, 0, 0.25)


def uncommitted(monkeypatch):
    """A thread that never came to write."""
    monkeypatch.setattr(Spool, "write", lambda self, statements: Future())


def killed(spool):
    os.close(spool.journal.handle)
    spool.reader.close()


def test_what_a_killed_run_wrote_down_is_there(tmp_path, monkeypatch):
    path = tmp_path / "replies.sqlite"
    with monkeypatch.context() as patched:
        uncommitted(patched)
        spool = Spool(path)
        for key in ("answered", "heard", "sent"):
            attempt = spool.sent(key, Spent(1, 100, 0.5))
            if key != "sent":
                spool.heard(Heard(key, "q", "first", SAID, attempt), Spent(1, 15, 0.25))
        task = spool.keep([("answered", "q", REPLY)])
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(task, 0.01))
        killed(spool)
    with closing(sqlite3.connect(path)) as book:
        assert book.execute("select count(*) from replies").fetchone() == (0,)
    spool = Spool(path)
    assert (spool.find("answered"), spool.find("heard")) == (REPLY, None)
    assert (spool.has_heard("answered"), spool.has_heard("heard"), spool.has_heard("sent")) == (False, True, False)
    assert spool.recall("heard", "repair") is None
    assert spool.recall("heard", "first") == SAID
    assert spool.recall("heard", "first") is None  # each is told once
    assert spool.spent() == Spent(3, 130, 1.0)
    spool.close()
    assert not list(spool.journal.folder.iterdir())


def test_a_journal_is_taken_in_twice_without_harm_and_cut_lines_are_passed_over(tmp_path, monkeypatch):
    path = tmp_path / "replies.sqlite"
    spool = Spool(path)
    spool.heard(Heard("k", "q", "first", SAID, spool.sent("k", Spent(1, 100, 0.5))), Spent(1, 15, 0.25))
    spool.write([]).result()
    written = spool.journal.path.read_bytes()
    killed(spool)
    other = spool.journal.folder / "other-0.jsonl"
    other.write_bytes(written + b'[["nothing known",[1]],["sent",["x"' + b"\n[1]\n" + b'[["came",["ok",')
    again = Spool(path)
    assert again.spent() == Spent(1, 15, 0.25)
    assert again.reader.rows("select count(*) from exchanges") == [(1,)]
    again.close()


def test_a_living_run_keeps_its_journal(tmp_path):
    one = Spool(tmp_path / "replies.sqlite")
    one.sent("k", Spent(1, 1, 0.0))
    other = Spool(tmp_path / "replies.sqlite")
    other.close()
    assert one.journal.path.exists()
    one.close()


def test_where_a_commit_fails_the_journal_stays(tmp_path):
    spool = Spool(tmp_path / "replies.sqlite")
    refused = spool.write_down([("came", ("ok", 1, 1, 0.0, 10**19 - 1))])  # no integer of SQLite's; orjson takes it
    with pytest.raises(OverflowError):
        refused.result()
    asyncio.run(spool.keep([("k", "q", REPLY)]))
    spool.close()
    assert list(spool.journal.folder.iterdir())
    again = Spool(tmp_path / "replies.sqlite")
    assert again.find("k") == REPLY
    again.close()


def test_journals_do_not_grow(tmp_path, monkeypatch):
    monkeypatch.setattr("vwi_lake.providers.spool._JOURNAL_BYTES", 2_000)
    spool = Spool(tmp_path / "replies.sqlite")
    for number in range(100):
        asyncio.run(spool.keep([(str(number), "q", REPLY)]))
    assert len(list(spool.journal.folder.iterdir())) <= 2
    assert spool.journal.number > 5
    spool.close()
    assert spool.path.exists()


def test_a_book_of_the_first_version_is_read(tmp_path):
    path = tmp_path / "replies.sqlite"
    old = sqlite3.connect(path)
    old.execute("create table replies (request_hash text primary key, reply text not null)")
    old.execute("create table batched (request_hash text primary key, batch text not null)")
    old.execute("""insert into replies values ('k', '{"text": "4", "model": "m", "prompt_tokens": 1, "completion_tokens": 1,
        "cached_tokens": 0, "latency_s": 1.0, "attempts": 1, "outcome": "ok", "of another version": 1}')""")
    old.commit()
    old.close()
    spool = Spool(path)
    assert spool.find("k").text == "4"
    spool.close()
    Spool(path).close()
