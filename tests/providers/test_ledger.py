import asyncio
import itertools
import json
import os
import sqlite3
import threading
import time
from contextlib import asynccontextmanager, closing

import pytest

from tests.providers.batch_server import BatchApi
from tests.providers.openai_server import Behaviour, OpenAiServer, completion, status, text
from vwi_lake.blobs import Blobs
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.providers.llm import endpoints_of, make_llm
from vwi_lake.settings import BudgetSettings, EndpointSettings, LakeSettings, LlmSettings, Settings

KEY = "sk-planted-0123456789"
IMAGE = {"type": "image_url", "image_url": {"url": "sha256:00"}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


@pytest.fixture
def server(monkeypatch):
    with OpenAiServer(lambda request: "4") as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield running


def settings_at(folder, budget=None, **llm):
    return Settings(lake=LakeSettings(path=str(folder)), llm=LlmSettings(**llm), budget=BudgetSettings(**(budget or {})))


@asynccontextmanager
async def ledger_at(settings):
    ledger = make_llm(settings, Blobs(settings.lake.path + "/blobs"))
    ledger.llm.backoff_s = 0.01
    try:
        yield ledger
    finally:
        await ledger.close()


def question(number, **more):
    given = {"stage": "draft_answers", "subject_id": str(number), "model": "gpt-4o-mini", "prompt_hash": "p"}
    return Request(**given, messages=[{"role": "user", "content": f"question {number}"}], **more)


def ask(settings, requests):
    """The calls of one run, all under way at once, and why it stopped."""

    async def run():
        async with ledger_at(settings) as ledger:
            return await asyncio.gather(*map(ledger.call, requests)), ledger.stopped

    return asyncio.run(run())


def test_the_hash_of_a_request_never_changes():
    """All that was ever paid is found by it: where this fails, mend the code, not the figure."""
    assert question(1).hash == "40d97b2157981739bd804f43d85f67b9c065a5bedbef2057256892f5ec636213"
    with_image = Request(
        "s",
        "x",
        "m",
        "p",
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "sha256:00"}}]}],
        image_side=512,
        seed=3,
    )
    assert with_image.hash == "3d5d10985ece0116878da1ebf8afadd252558b3a8516f67884e04fa3295e5124"
    assert Request("other stage", "y", "gpt-4o-mini", "q", question(1).messages).hash == question(1).hash


def test_a_known_hash_is_answered_from_the_book(tmp_path, server):
    first, _ = ask(settings_at(tmp_path), [question(1)])
    again, _ = ask(settings_at(tmp_path), [question(1)])
    assert again == first
    assert len(server.requests) == 1


def test_a_first_turn_is_not_bought_again_for_the_second(tmp_path, server):
    """The first reply fits no schema, and its repair meets errors until the run ends; the next run asks for the repair alone."""
    server.script += [text('{"a": ')] + [status(500)] * 4 + [text('{"a": 1}')]
    (call,), _ = ask(settings_at(tmp_path), [question(1, schema=SCHEMA)])
    assert (call.outcome, call.attempts) == ("server_error", 5)
    (call,), _ = ask(settings_at(tmp_path), [question(1, schema=SCHEMA)])
    assert (call.outcome, call.reply, call.attempts) == ("ok", '{"a": 1}', 2)
    assert [len(request["messages"]) for request in server.requests] == [1, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("knows_n", [True, False])
def test_drafts_of_one_request_stay_independent_and_are_bought_once(tmp_path, server, knows_n):
    """Four at once, or one and then three singly; killed before any became a reply, the next run asks for nothing."""
    told = itertools.count()

    def answer(request):
        said = completion("")
        choices = [said["choices"][0] | {"message": {"content": str(next(told))}} for _ in range(request.get("n", 1) if knows_n else 1)]
        return Behaviour(json.dumps(said | {"choices": choices}).encode())

    async def run(keeps):
        async with ledger_at(settings_at(tmp_path)) as ledger:
            if not keeps:
                ledger.spool.keep = lambda replies: asyncio.sleep(0)
            return [call.reply for call in await ledger.calls([question(1, sample=n) for n in range(4)])]

    server.answer = answer
    assert sorted(asyncio.run(run(False))) == ["0", "1", "2", "3"]
    asked = len(server.requests)
    assert sorted(asyncio.run(run(True))) == ["0", "1", "2", "3"]
    assert len(server.requests) == asked == (1 if knows_n else 4)


def test_equal_requests_under_way_are_one(tmp_path, server):
    server.answer = lambda request: text("4", after_s=0.1)
    calls, _ = ask(settings_at(tmp_path), [question(1)] * 5)
    assert {call.reply for call in calls} == {"4"}
    assert len(server.requests) == 1


def test_a_lake_without_its_spool_knows_its_replies(tmp_path, server):
    settings = settings_at(tmp_path / "lake")
    calls, _ = ask(settings_at(tmp_path / "elsewhere"), [question(n) for n in range(3)])
    lake = Lake.open(settings.lake, records=[LlmCall])
    lake.append(calls)
    lake.close()
    again, _ = ask(settings_at(tmp_path / "lake", budget={"calls": 3}), [question(n) for n in range(4)])
    assert again[:3] == calls
    assert again[3] is None  # what the lake has paid counts
    assert len(server.requests) == 3


def test_a_price_is_that_of_the_table_and_of_cached_tokens(tmp_path, server):
    (call,), _ = ask(settings_at(tmp_path), [question(1)])
    assert (call.prompt_tokens, call.cached_tokens, call.completion_tokens) == (10, 3, 5)
    assert call.cost_usd == pytest.approx((7 * 0.15 + 3 * 0.075 + 5 * 0.6) / 1e6)


# -- budget ------------------------------------------------------------------------------------------------------------


def test_a_budget_of_calls_is_kept_to_the_call_and_goes_on_when_raised(tmp_path, server):
    requests = [question(n) for n in range(60)]
    calls, stopped = ask(settings_at(tmp_path, budget={"calls": 25}), requests)
    assert len(server.requests) == sum(call is not None for call in calls) == 25
    assert "25 of 25 calls" in stopped
    assert "Raise [budget] calls" in stopped
    calls, stopped = ask(settings_at(tmp_path, budget={"calls": 60}), requests)
    assert (len(server.requests), stopped) == (60, None)
    assert all(call.outcome == "ok" for call in calls)


def test_retries_are_calls_too(tmp_path, server):
    server.script += [status(500)] * 3
    calls, _ = ask(settings_at(tmp_path, budget={"calls": 5}), [question(n) for n in range(5)])
    assert len(server.requests) == 5
    assert sum(call is not None and call.outcome == "ok" for call in calls) == 2


@pytest.mark.parametrize(("budget", "calls"), [({"tokens": 100}, 7), ({"usd": 4.5e-4}, 106)])
def test_tokens_and_money_stop_within_a_call(tmp_path, server, budget, calls):
    """15 tokens and 4.275 millionths of a dollar a call; the last one begins below the limit, alone, and is kept."""
    made, stopped = ask(settings_at(tmp_path, budget=budget), [question(n, max_tokens=50) for n in range(130)])
    assert sum(call is not None for call in made) == len(server.requests) == calls
    assert stopped


def test_money_cannot_be_limited_without_a_price(tmp_path, server):
    with pytest.raises(VwiError, match="without a price of unheard-of"):
        ask(settings_at(tmp_path, budget={"usd": 1.0}), [Request("s", "x", "unheard-of", "p", question(1).messages)])
    assert server.requests == []


def test_what_may_have_been_paid_counts(tmp_path, server):
    server.answer = lambda request: text("late", after_s=0.5)
    settings = settings_at(tmp_path, budget={"calls": 2}, timeout_s=0.1)
    (first, second, third), stopped = ask(settings, [question(n) for n in range(3)])
    assert {call.outcome for call in (first, second, third) if call} == {"timeout"}
    assert sum(call.possibly_paid for call in (first, second, third) if call) == 2
    assert "2 of 2 calls" in stopped
    assert ask(settings, [question(9)])[0] == [None]


# -- before anything is spent ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listing", "answer", "words"),
    [
        (status(401), "4", "refused the key: set OPENAI_API_KEY"),
        (status(403), "4", "refused the key"),
        (status(404), status(401), "refused the key"),
        (status(404), status(404, error_code="model_not_found"), "knows no model 'gpt-4o-mini'"),
        (status(200), status(400, error_code="model_not_found"), "knows no model 'gpt-4o-mini'"),
    ],
)
def test_one_clear_message_and_nothing_paid(tmp_path, server, listing, answer, words):
    server.listing = lambda key: Behaviour(b'{"object": "list", "data": []}') if listing.status == 200 else listing
    server.answer = lambda request: answer
    with pytest.raises(VwiError, match=words) as caught:
        ask(settings_at(tmp_path), [question(n) for n in range(3)])
    assert KEY not in str(caught.value)


def test_an_endpoint_that_is_down(tmp_path, server, monkeypatch):
    with OpenAiServer() as gone:
        url = gone.url
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(VwiError, match="no LLM endpoint answers at 127.0.0.1"):
        ask(settings_at(tmp_path), [question(1)])


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ({"key_name": "NOT_SET"}, "set NOT_SET in the environment"),
        ({"base_url": "ftp://x"}, "is no http"),
        ({"base_url": "http://user:hunter2@127.0.0.1:9"}, "holds a user or a password: take them out"),
        ({"key_name": "SPACED", "base_url": "http://127.0.0.1:9"}, "SPACED holds characters"),
    ],
)
def test_endpoints_that_cannot_be(tmp_path, monkeypatch, endpoint, words):
    monkeypatch.setenv("SPACED", "sk with space")
    with pytest.raises(VwiError, match=words):
        make_llm(settings_at(tmp_path, endpoints=[endpoint]), Blobs(str(tmp_path)))


def test_no_endpoint_at_all(tmp_path, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert make_llm(settings_at(tmp_path), Blobs(str(tmp_path))) is None
    assert endpoints_of(LlmSettings(endpoints=[EndpointSettings(base_url="http://127.0.0.1:9")]))[0].share == 1.0


def test_a_quota_that_is_used_up_stops_the_asking(tmp_path, server):
    server.answer = lambda request: status(429, error_code="insufficient_quota")
    settings = settings_at(tmp_path, in_flight=1)
    calls, stopped = ask(settings, [question(n) for n in range(10)])
    assert "quota is used up" in stopped
    assert {call.outcome for call in calls if call} == {"quota"}


# -- batches -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(server):
    server.answer = lambda request: json.dumps({"a": len(request["messages"][0]["content"])})
    return BatchApi(server)


QUESTIONS = [question(n, schema=SCHEMA) for n in range(40)]


def batched(folder, **more):
    return settings_at(folder, batch=("draft_answers",), **more)


def until_answered(settings, most=8):
    """Runs until one leaves nothing open; how many, and what the last one had."""
    for runs in range(1, most):
        calls, _ = ask(settings, QUESTIONS)
        if all(calls):
            return runs, {call.request_hash: (call.outcome, call.reply) for call in calls}
    raise AssertionError(calls)


def test_a_batch_brings_what_single_calls_bring_at_half_the_price(tmp_path, api):
    runs, rows = until_answered(batched(tmp_path / "batched"))
    assert (runs, len(api.batches)) == (2, 1)
    direct, _ = ask(settings_at(tmp_path / "direct"), QUESTIONS)
    assert rows == {call.request_hash: (call.outcome, call.reply) for call in direct}
    calls, _ = ask(batched(tmp_path / "batched"), QUESTIONS)
    assert sum(call.cost_usd for call in calls) == pytest.approx(sum(call.cost_usd for call in direct) / 2)
    assert {call.endpoint for call in calls} == {"batch"}


@pytest.mark.parametrize(
    ("fate", "line"),
    [
        ({0: "expired"}, lambda key, number: "lost" if number == 0 and key > "8" else None),
        ({}, lambda key, number: 500 if number == 0 and key > "8" else None),
        ({}, lambda key, number: 429 if number < 2 and key > "c" else None),
        ({0: "failed", 1: "cancelled"}, lambda key, number: None),
        ({0: "expired", 1: "expired"}, lambda key, number: "lost" if number < 2 else None),
    ],
)
def test_expired_and_partly_failed_batches_are_made_up_for(tmp_path, api, fate, line):
    api.fate, api.line = lambda number: fate.get(number, "completed"), line
    _, rows = until_answered(batched(tmp_path / "batched"))
    direct, _ = ask(settings_at(tmp_path / "direct"), QUESTIONS)
    assert rows == {call.request_hash: (call.outcome, call.reply) for call in direct}
    assert sorted(api.asked) == sorted(rows)  # none was answered twice


def test_a_line_that_fails_for_good_is_a_row(tmp_path, api):
    bad = QUESTIONS[3].hash
    api.line = lambda key, number: 413 if key == bad else None
    _, rows = until_answered(batched(tmp_path))
    assert {key for key, (outcome, _) in rows.items() if outcome != "ok"} == {bad}
    assert rows[bad] == ("too_large", None)


def test_a_form_that_no_batch_takes_is_asked_in_another(tmp_path, api, server):
    """As servers do that know no schema: each line fails for free, and single calls go down the ladder."""
    api.line = lambda key, number: 400
    runs, rows = until_answered(batched(tmp_path))
    assert (runs, {outcome for outcome, _ in rows.values()}) == (2, {"ok"})
    assert len(server.requests) == len(QUESTIONS)


@pytest.mark.parametrize(("mended", "outcome"), [('{"a": 1}', "ok"), ("never", "invalid_json")])
def test_what_a_batch_brings_gets_its_turn_of_repair(tmp_path, api, server, mended, outcome):
    server.answer = lambda request: mended if len(request["messages"]) > 1 else '{"a": '
    runs, rows = until_answered(batched(tmp_path))
    assert (runs, set(rows.values())) == (2, {(outcome, mended)})
    assert len(server.requests) == len(QUESTIONS)  # a repair each, and nothing else
    (call, *_), _ = ask(batched(tmp_path), QUESTIONS)
    whole = (7 * 0.15 + 3 * 0.075 + 5 * 0.6) / 1e6
    assert (call.attempts, call.cost_usd) == (2, pytest.approx(1.5 * whole))  # half the price for the first turn only


def aged(folder):
    """As if its batches had been sent long ago."""
    with closing(sqlite3.connect(folder / "llm-replies.sqlite")) as book, book:
        book.execute("update batches set made_at = '2020-01-01 00:00:00'")


def test_a_run_that_meets_a_batch_being_sent_leaves_it_alone(tmp_path, api, server):
    """The upload takes a second; a second run starts meanwhile, and a third when all is done."""
    plain, uploading = server.other, threading.Event()

    def slow(method, path, body):
        if path.endswith("/files") and method == "POST":
            uploading.set()
            time.sleep(1)
        return plain(method, path, body)

    server.other = slow
    first = threading.Thread(target=ask, args=(batched(tmp_path), QUESTIONS))
    first.start()
    uploading.wait()
    aged(tmp_path)
    assert ask(batched(tmp_path), QUESTIONS)[0] == [None] * 40
    first.join()
    until_answered(batched(tmp_path))
    assert len(api.batches) == 1
    assert len(api.asked) == 40


def test_two_runs_that_gather_the_same_requests_send_each_once(tmp_path, api):
    async def both():
        async with ledger_at(batched(tmp_path)) as one, ledger_at(batched(tmp_path)) as other:
            await asyncio.gather(*map(one.call, QUESTIONS[:30]), *map(other.call, QUESTIONS[10:]))

    asyncio.run(both())
    until_answered(batched(tmp_path))
    assert sorted(api.asked) == sorted(q.hash for q in QUESTIONS)


def test_a_full_file_is_sent_while_others_gather(tmp_path, api, monkeypatch):
    monkeypatch.setattr("vwi_lake.providers.llm_batch_file._MOST_LINES", 7)
    calls, _ = ask(batched(tmp_path), QUESTIONS + QUESTIONS)
    assert calls == [None] * 80
    assert sorted(api.files[batch["input_file_id"]].count(b"custom_id") for batch in api.batches) == [5, 7, 7, 7, 7, 7]
    until_answered(batched(tmp_path))
    assert sorted(api.asked) == sorted(q.hash for q in QUESTIONS)


def test_a_batch_that_was_gathered_and_never_sent_is_gathered_anew(tmp_path, api, monkeypatch):
    async def gone(self):
        for file in self.files.values():
            os.close(file.handle)

    with monkeypatch.context() as patched:
        patched.setattr("vwi_lake.providers.llm_batch.Batches.submit", gone)
        ask(batched(tmp_path), QUESTIONS)
    assert until_answered(batched(tmp_path))[0] == 2
    assert len(api.asked) == 40
    assert not list((tmp_path / "llm-batches").iterdir())  # prompts stay no longer than they are needed


def test_while_a_batch_is_out_nothing_is_asked_again(tmp_path, api):
    api.fate = lambda number: "in_progress"
    for _ in range(3):
        assert ask(batched(tmp_path), QUESTIONS)[0] == [None] * 40
    assert len(api.batches) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_killed_between_noting_and_sending(tmp_path, api, monkeypatch, arrived):
    """The next run finds a batch of its name, or frees its requests."""

    async def gone(self, name, endpoint_id):
        pass

    with monkeypatch.context() as patched:
        patched.setattr("vwi_lake.providers.llm_batch.Batches._is_sent", gone)
        ask(batched(tmp_path), QUESTIONS)
    if not arrived:
        api.batches[0]["metadata"] = {"vwi": "somebody else's"}
        assert ask(batched(tmp_path), QUESTIONS)[0] == [None] * 40  # it may still show up
        assert len(api.batches) == 1
        aged(tmp_path)
    until_answered(batched(tmp_path))
    assert len(api.batches) == (1 if arrived else 2)


def test_an_endpoint_without_batches_says_so(tmp_path, api):
    api.refuses = True
    with pytest.raises(VwiError, match="takes no batch"):
        ask(batched(tmp_path), QUESTIONS)
    api.refuses = False
    assert until_answered(batched(tmp_path))[0] == 2


def test_a_budget_holds_for_batches(tmp_path, api):
    settings = Settings(lake=LakeSettings(path=str(tmp_path)), llm=LlmSettings(batch=("draft_answers",)), budget=BudgetSettings(calls=15))
    _, stopped = ask(settings, QUESTIONS)
    assert "raise [budget]" in stopped
    calls, _ = ask(settings, QUESTIONS)
    assert sum(call is not None for call in calls) == len(api.asked) == 15


def test_what_is_asked_singly_does_not_wait_for_the_room_that_a_batch_takes(tmp_path, api, server):
    other = Request("judge_pairs", "x", "gpt-4o-mini", "p", [{"role": "user", "content": "another stage"}])

    async def run():
        async with ledger_at(batched(tmp_path, budget={"calls": 40})) as ledger:
            await asyncio.gather(*map(ledger.call, QUESTIONS))
            return await asyncio.wait_for(ledger.call(other), 20), ledger.stopped

    assert asyncio.run(run()) == (None, "the budget is reached")
    assert server.requests == []


def test_what_a_batch_did_not_cost_may_be_spent_by_who_collects_it(tmp_path, api):
    settings = batched(tmp_path, budget={"tokens": 200_000})
    ask(settings, QUESTIONS)  # each may cost some 4,100 tokens, and costs 15
    calls, stopped = ask(settings, QUESTIONS + [question(n) for n in range(40, 80)])
    assert (all(calls[:40]), stopped, len(api.batches)) == (True, None, 2)


def test_a_line_with_half_a_character_is_an_answer(tmp_path, api, server):
    server.answer = lambda request: json.dumps({"a": 1}) + "\ud83d"
    assert until_answered(batched(tmp_path))[0] == 2
    assert len(api.asked) == 40


@pytest.mark.parametrize("named", [{"batch": ("draft",)}, {"models": {"draft": "m"}}, {"temperatures": {"draft": 1}}])
def test_a_stage_that_asks_no_model_is_named(tmp_path, server, named):
    with pytest.raises(VwiError, match="'draft', which asks no model: the stages that do are .*draft_answers"):
        make_llm(settings_at(tmp_path, **named), Blobs(str(tmp_path)))


def test_the_key_is_nowhere_on_the_disk(tmp_path, server):
    server.script += [status(401, message=f"Incorrect key {KEY}")] * 0 + [status(500, message=KEY)]
    ask(settings_at(tmp_path), [question(n) for n in range(3)])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert os.environ["OPENAI_API_KEY"] == KEY
