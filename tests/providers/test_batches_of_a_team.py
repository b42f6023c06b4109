"""Batches of workers on several machines: one book in PostgreSQL, a folder each, and nobody sees whether the other lives."""

import asyncio
import threading
from contextlib import asynccontextmanager, closing, suppress

import psycopg
import pytest

from benchmarks import servers
from tests.providers.test_ledger import QUESTIONS, api, ask, ledger_at, server, until_answered  # noqa: F401 - fixtures
from vwi_lake.settings import BudgetSettings, LakeSettings, LlmSettings, Settings

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


def rows(database, sql):
    with closing(psycopg.connect(database, autocommit=True, options="-c search_path=vwi_llm_replies")) as book:
        return book.execute(sql).fetchall()


def is_all_settled(database):
    assert rows(database, "select request_hash from batched") == []
    assert rows(database, "select attempt from attempts where outcome is null") == []


@asynccontextmanager
async def open_at(settings, stops=None):
    """A ledger with its writer; `stops` may do something before each statement that it commits."""
    async with ledger_at(settings) as ledger:
        opened = ledger.spool.open
        ledger.spool.open = lambda: stopping(opened(), stops or (lambda number: None))
        await asyncio.wrap_future(ledger.spool.write([]))
        yield ledger


def stopping(book, stops):
    def slowly(statements):
        for number, statement in enumerate(statements):
            stops(number)
            yield statement

    plain = book._write
    book._write = lambda statements: plain(slowly(statements))
    return book


class Meanwhile:
    """Does something on the loop before statement `at` of the next commit, and waits a little: it may have to wait for that commit."""

    def __init__(self, at):
        self.at, self.work, self.done = at, None, []

    def __call__(self, number):
        if self.work and number == self.at:
            work, self.work = self.work, None
            self.done.append(asyncio.run_coroutine_threadsafe(work(), self.loop))
            with suppress(TimeoutError):
                self.done[0].result(0.5)

    def arm(self, work):
        self.work, self.loop = work, asyncio.get_running_loop()


@pytest.mark.parametrize(("doing", "at"), [("gathering", 1), ("sending", 1), ("sending", 2)])
def test_who_is_forgotten_in_the_midst_of_claiming_loses_no_request(machines, database, api, doing, at):  # noqa: F811
    async def nothing():
        pass

    async def run():
        meanwhile = Meanwhile(at)
        async with open_at(machines[1]) as other, open_at(machines[0], meanwhile) as one:
            await asyncio.gather(*map(one.call, QUESTIONS[:-1]))
            await asyncio.wrap_future(one.spool.write([]))
            meanwhile.arm(other.batches.collect)
            if doing == "gathering":
                await one.call(QUESTIONS[-1])
                one.batches.submit = nothing  # as if it was killed
            await one.batches.submit()
            await asyncio.wrap_future(one.spool.write([]))
            await asyncio.wrap_future(meanwhile.done[0])

    asyncio.run(run())
    until_answered(machines[1])
    is_all_settled(database)
    assert each_was_answered_once(api)


@pytest.mark.parametrize("at", [1, 2])
def test_one_that_is_sent_while_it_is_forgotten(machines, database, api, at):  # noqa: F811
    """It has gone out when it would be forgotten, or goes out when it was."""

    async def run():
        meanwhile = Meanwhile(at)
        async with open_at(machines[1], meanwhile) as other, open_at(machines[0]) as one:
            await asyncio.gather(*map(one.call, QUESTIONS))
            await asyncio.wrap_future(one.spool.write([]))
            meanwhile.arm(one.batches.submit)
            await other.batches.collect()
            await asyncio.wrap_future(meanwhile.done[0])

    asyncio.run(run())
    until_answered(machines[0])
    is_all_settled(database)
    assert (len(api.batches), each_was_answered_once(api)) == (1, True)


def test_a_budget_holds_for_all_who_send(machines, api):  # noqa: F811
    one, other = (settings.model_copy(update={"budget": BudgetSettings(calls=25)}) for settings in machines)

    async def both():
        async with ledger_at(one) as first, ledger_at(other) as second:
            await asyncio.gather(*map(first.call, QUESTIONS[:20]), *map(second.call, QUESTIONS[20:]))

    asyncio.run(both())
    for settings in (one, other, one, other):
        ask(settings, QUESTIONS)
    assert len(api.asked) == 25


def test_who_is_late_to_collect_settles_no_later_attempt(machines, database, api):  # noqa: F811
    """A line failed, and the request is in another batch by the time that the second worker reads the first one's result."""
    api.line = lambda key, number: 500 if number == 0 else None
    api.fate = lambda number: "completed" if number == 0 else "in_progress"
    ask(machines[0], QUESTIONS)

    async def run():
        async with ledger_at(machines[1]) as late:
            plain = late.batches._lines

            async def lines(file_id):
                found = await plain(file_id)
                if file_id and not rows(database, "select 1 from batches where state = 'done'"):
                    await asyncio.to_thread(ask, machines[0], QUESTIONS)
                return found

            late.batches._lines = lines
            await late.batches.collect()

    asyncio.run(run())
    assert rows(database, "select count(*) from attempts where outcome is null") == [(40,)]


def test_who_asks_need_not_be_who_collected_the_refusals(machines, api):  # noqa: F811
    api.line = lambda key, number: 400
    ask(machines[0], QUESTIONS)

    async def collect():
        async with ledger_at(machines[1]) as other:
            await other.batches.collect()

    asyncio.run(collect())
    assert all(ask(machines[0], QUESTIONS)[0])
    assert len(api.batches) == 1


def test_a_batch_of_another_project_is_not_bought_again(machines, database, api, server):  # noqa: F811
    """Keys see the batches of their own project only; after a day it can bring nothing any more."""
    plain = server.other
    server.other = lambda method, path, body: plain(method, "/unknown" if path.endswith("/batch-0") else path, body)
    for _ in range(2):
        assert ask(machines[0], QUESTIONS)[0] == [None] * 40
    assert len(api.batches) == 1
    age(database)
    ask(machines[1], QUESTIONS)
    assert len(api.batches) == 2
