"""Batches of workers on several machines: one book in PostgreSQL, a folder each, and nobody sees whether the other lives."""

import asyncio
import threading
from contextlib import closing

import psycopg
import pytest

from benchmarks import servers
from tests.providers.test_ledger import QUESTIONS, api, ask, ledger_at, server, until_answered  # noqa: F401 - fixtures
from vwi_lake.settings import LakeSettings, LlmSettings, Settings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(servers.find_postgres() is None, reason="apt-get install postgresql")]


@pytest.fixture(scope="module")
def postgres():
    with servers.postgres() as running:
        yield running


@pytest.fixture
def database(postgres, request):
    name = f"of_{abs(hash(request.node.name))}"
    postgres.create(name)
    return postgres.dsn_of(name)


@pytest.fixture
def machines(database, tmp_path):
    lakes = [LakeSettings(path=str(tmp_path / name), catalog=f"postgres:{database}") for name in ("one", "other")]
    return [Settings(lake=lake, llm=LlmSettings(batch=("draft_answers",))) for lake in lakes]


def age(database):
    with closing(psycopg.connect(database, autocommit=True)) as book:
        book.execute("update vwi_llm_replies.batches set made_at = '2020-01-01 00:00:00+00'")


def each_was_answered_once(api):  # noqa: F811
    return sorted(api.asked) == sorted(q.hash for q in QUESTIONS)


def test_any_worker_collects_what_another_sent(machines, api):  # noqa: F811
    one, other = machines
    assert ask(one, QUESTIONS)[0] == [None] * 40
    assert all(ask(other, QUESTIONS)[0])
    assert all(ask(one, QUESTIONS)[0])
    assert (len(api.batches), each_was_answered_once(api)) == (1, True)


def test_who_starts_while_others_gather_takes_nothing_from_them(machines, api):  # noqa: F811
    async def both():
        async with ledger_at(machines[0]) as one:
            await asyncio.gather(*map(one.call, QUESTIONS[:30]))
            async with ledger_at(machines[1]) as other:
                await asyncio.gather(*map(other.call, QUESTIONS[25:]))

    asyncio.run(both())
    assert sorted(api.files[batch["input_file_id"]].count(b"custom_id") for batch in api.batches) == [15, 25]
    until_answered(machines[0])
    assert each_was_answered_once(api)


def test_what_was_answered_meanwhile_is_not_sent(machines, api):  # noqa: F811
    async def both():
        async with ledger_at(machines[0]) as one:
            await asyncio.gather(*map(one.call, QUESTIONS[:30]))
            await asyncio.to_thread(until_answered, machines[1])

    asyncio.run(both())
    assert (len(api.batches), each_was_answered_once(api)) == (1, True)


@pytest.mark.parametrize("seconds", [0, 600])
def test_an_upload_that_takes_too_long_is_given_up(machines, database, api, server, seconds):  # noqa: F811
    """Another machine frees its requests and sends them; one that it knows to be young, it leaves alone."""
    plain, uploading, over = server.other, threading.Event(), threading.Event()

    def slow(method, path, body):
        if path.endswith("/files") and method == "POST" and not uploading.is_set():
            uploading.set()
            over.wait(60)
        return plain(method, path, body)

    server.other = slow
    first = threading.Thread(target=ask, args=(machines[0], QUESTIONS))
    first.start()
    uploading.wait()
    if seconds:
        age(database)
    assert ask(machines[1], QUESTIONS)[0] == [None] * 40
    over.set()
    first.join()
    assert len(api.batches) == 1
    until_answered(machines[0])
    assert (len(api.batches), each_was_answered_once(api)) == (1, True)
