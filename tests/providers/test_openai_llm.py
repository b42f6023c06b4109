import asyncio
import json
import logging
import socket
from dataclasses import replace

import pytest

from tests.providers.openai_server import (
    CUT,
    DRIPPING,
    INVALID_JSON,
    NOT_JSON_AT_ALL,
    RESET,
    Behaviour,
    OpenAiServer,
    completion,
    no_choices,
    refusal,
    status,
    text,
)
from vwi_lake.providers.llm import make_client
from vwi_lake.providers.llm_endpoint import Endpoint
from vwi_lake.providers.llm_limits import Pace
from vwi_lake.providers.openai_llm import Asked, OpenAiLlm

KEY = "sk-never-shown-1234567890"
CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
FITS = '{"a": "b"}'
BUSY = status(429, {"Retry-After": "0"})


ASKED = Asked("m", [{"role": "user", "content": "2+2?"}], max_tokens=100)


def llm_at(url, *, timeout_s=5.0, in_flight=4):
    return OpenAiLlm([Endpoint(make_client(url, KEY, timeout_s), Pace(in_flight), timeout_s)], backoff_s=0.01)


def ask(server, *, schema=None, times=1, n=1, url=None, timeout_s=5.0):
    """`times` calls one after the other, by one client; the last one's reply, or replies."""

    async def run():
        llm = llm_at(url or server.url, timeout_s=timeout_s)
        replies = [await llm.complete(replace(ASKED, schema=schema), n) for _ in range(times)]
        await llm.close()
        return replies[-1]

    replies = asyncio.run(run())
    return replies[0] if n == 1 else replies


@pytest.fixture
def server():
    with OpenAiServer(lambda request: "4") as running:
        yield running


def test_an_answer_and_what_it_cost(server):
    reply = ask(server)
    assert (reply.text, reply.model, reply.outcome, reply.attempts) == ("4", "scripted", "ok", 1)
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) == (10, 5, 3)
    assert 0 < reply.latency_s < 5
    assert server.requests == [{"model": "m", "messages": [{"role": "user", "content": "2+2?"}], "max_tokens": 100, "temperature": 0.0}]
    assert server.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("script", "outcome", "said", "attempts"),
    [
        ([BUSY, text("5")], "ok", "5", 2),
        ([status(429), text("5")], "ok", "5", 2),
        ([status(429, {"Retry-After-Ms": "20"}), text("5")], "ok", "5", 2),
        ([CUT, text("5")], "ok", "5", 2),
        ([status(500), status(502), status(503), text("5")], "ok", "5", 4),
        ([RESET, text("5")], "ok", "5", 2),
        ([INVALID_JSON, text("5")], "ok", "5", 2),
        ([NOT_JSON_AT_ALL, text("5")], "ok", "5", 2),
        ([BUSY] * 6, "rate_limited", None, 6),
        ([status(500)] * 4, "server_error", None, 4),
        ([RESET] * 3, "reset", None, 3),
        ([CUT] * 3, "reset", None, 3),
        ([INVALID_JSON] * 2, "invalid_body", None, 2),
        ([status(429, {"Retry-After": "7200"})], "rate_limited", None, 1),
        ([status(429, error_code="insufficient_quota")], "quota", None, 1),
        ([status(402)], "quota", None, 1),
        ([no_choices()], "empty_choices", None, 1),
        ([text("")], "empty_reply", None, 1),
        ([text(None)], "empty_reply", None, 1),
        ([refusal("I would rather not")], "refusal", "I would rather not", 1),
        ([text("half", "content_filter")], "content_filter", "half", 1),
        ([status(400, error_code="content_filter")], "content_filter", None, 1),
        ([text('{"a": "hal', "length")], "length", '{"a": "hal', 1),
        ([status(401)], "auth", None, 1),
        ([status(403)], "auth", None, 1),
        ([status(400)], "bad_request", None, 1),
        ([status(404)], "unknown_model", None, 1),
        ([status(413)], "too_large", None, 1),
    ],
)
def test_outcomes(server, script, outcome, said, attempts):
    server.script += script
    reply = ask(server)
    assert (reply.outcome, reply.text, reply.attempts) == (outcome, said or None, attempts)
    assert len(server.requests) == attempts


def test_retry_after_is_waited_for(server):
    server.script.append(status(429, {"Retry-After": "1"}))
    assert ask(server).attempts == 2
    assert server.times[1] - server.times[0] >= 1.0


def test_timeouts_are_not_asked_again(server):
    server.script.append(text("late", after_s=1.0))
    reply = ask(server, timeout_s=0.2)
    assert (reply.outcome, reply.attempts, reply.possibly_paid, len(server.requests)) == ("timeout", 1, 1, 1)


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        reply = ask(None, url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
    assert (reply.outcome, reply.attempts, reply.possibly_paid) == ("connection", 4, 0)


ASIDE = {"note": {"type": ["string", "null"]}}
OPTIONAL = {**CLOSED, "properties": {**CLOSED["properties"], **ASIDE}}
ASKED_FOR = {**OPTIONAL, "required": [*CLOSED["required"], "note"]}


@pytest.mark.parametrize(
    ("schema", "sent", "strict"),
    [(CLOSED, CLOSED, True), (OPEN, OPEN, False), (OPTIONAL, ASKED_FOR, True)],  # FITS has no note: that is read, too
    ids=["closed", "open", "optional"],
)
def test_the_schema_is_sent(server, schema, sent, strict):
    server.answer = lambda request: FITS
    assert ask(server, schema=schema).form == "json_schema"
    assert server.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": sent, "strict": strict},
    }


def formats(server):
    return [request.get("response_format", {}).get("type") for request in server.requests]


@pytest.mark.parametrize(
    ("known", "asked", "form"),
    [
        ({"json_schema", "json_object"}, ["json_schema", "json_schema"], "json_schema"),
        ({"json_object"}, ["json_schema", "json_object", "json_object"], "json_object"),
        (set(), ["json_schema", "json_object", None, None], "plain"),
    ],
)
def test_the_ladder_is_climbed_down_once(server, known, asked, form):
    """A server says 400 to formats that it does not know; what it took is remembered."""

    def answer(request):
        wanted = request.get("response_format", {}).get("type")
        return FITS if wanted in known | {None} else status(400, message="unknown field")

    server.answer = answer
    reply = ask(server, schema=CLOSED, times=2)
    assert (reply.outcome, reply.form, reply.attempts) == ("ok", form, 1)
    assert formats(server) == asked
    in_words = "JSON Schema" in json.dumps(server.requests[-1]["messages"])
    assert in_words == (form != "json_schema")


@pytest.mark.parametrize(
    ("replies", "outcome", "attempts"),
    [
        ([FITS], "ok", 1),
        (["no JSON", FITS], "ok", 2),
        (['{"a": 3}', FITS], "ok", 2),
        (["no JSON", "still none"], "invalid_json", 2),
        (['{"a": 3}', '{"b": "x"}'], "wrong_schema", 2),
        (['{"a": 3}', "no JSON"], "invalid_json", 2),
    ],
)
def test_one_turn_of_repair(server, replies, outcome, attempts):
    server.script += [text(reply) for reply in replies]
    reply = ask(server, schema=CLOSED)
    assert (reply.outcome, reply.attempts) == (outcome, attempts)
    assert (reply.prompt_tokens, reply.completion_tokens) == (10 * attempts, 5 * attempts)
    roles = [message["role"] for message in server.requests[-1]["messages"]]
    assert roles == (["user"] if attempts == 1 else ["user", "assistant", "user"])


def test_a_server_that_does_not_heed_the_schema_is_told_in_words_next_time(server):
    server.script += [text("no JSON"), text(FITS), text(FITS)]
    assert ask(server, schema=CLOSED, times=2).attempts == 1
    assert formats(server) == ["json_schema", "json_schema", "json_object"]


def test_a_request_that_is_bad_anyway_does_not_count_against_the_schema(server):
    server.script += [status(400, message="too long")] * 3
    server.answer = lambda request: FITS
    assert ask(server, schema=OPEN, times=2).attempts == 1
    assert formats(server) == ["json_schema", "json_object", None, "json_schema"]


def numbered(request):
    choices = [completion(f"draft {i}")["choices"][0] | {"index": i} for i in range(request.get("n", 1))]
    return Behaviour(json.dumps(completion("") | {"choices": choices}).encode())


def test_several_samples_in_one_request(server):
    server.answer = numbered
    replies = ask(server, n=3)
    assert [r.text for r in replies] == ["draft 0", "draft 1", "draft 2"]
    assert len(server.requests) == 1
    assert [r.attempts for r in replies] == [1, 0, 0]
    assert [r.prompt_tokens for r in replies] == [10, 0, 0]
    assert sum(r.completion_tokens for r in replies) == 5


@pytest.mark.parametrize(("knows", "requests"), [("refuses", [3, 1, 1, 1, 1, 1, 1]), ("ignores", [3, 1, 1, 1, 1, 1])])
def test_a_server_without_n_is_asked_one_by_one(server, knows, requests):
    refusal_of_n = status(400, message="Unsupported value: 'n' must be 1")
    server.answer = lambda request: refusal_of_n if knows == "refuses" and "n" in request else "4"
    replies = ask(server, n=3, times=2)
    assert [r.text for r in replies] == ["4", "4", "4"]
    assert [request.get("n", 1) for request in server.requests] == requests


def test_an_endless_reply_is_cut_off(server):
    """By its bytes, and by the time it takes; neither is asked for again."""
    server.script.append(Behaviour(b" " * (9 << 20)))
    reply = ask(server)
    assert (reply.outcome, reply.attempts, reply.possibly_paid) == ("endless", 1, 1)
    server.script.append(DRIPPING)
    reply = ask(server, timeout_s=1.0)
    assert (reply.outcome, reply.attempts, reply.possibly_paid) == ("timeout", 1, 1)


GOOD = json.dumps(completion("4"))


@pytest.mark.parametrize(
    ("body", "said", "tokens"),
    [
        (GOOD.replace('"created": 0', '"created": NaN'), "4", 10),
        (GOOD.replace('"4"', r'"4 \ud83d"'), "4 \ufffd", 10),
        (GOOD.replace('"4"', r'"\ud83d\ude00"'), "\U0001f600", 10),
        (GOOD.encode().replace(b'"4"', b'"4 \xff"'), "4 \ufffd", 10),
        (GOOD.replace('"4"', '[{"type": "text", "text": "4"}, {"type": "text", "text": "2"}, 7]'), "42", 10),
        (GOOD.replace('"prompt_tokens": 10', '"prompt_tokens": 1e400'), "4", None),
        (GOOD.replace('"prompt_tokens": 10', f'"prompt_tokens": {10**18}'), "4", None),
        (GOOD.replace('"prompt_tokens": 10', f'"prompt_tokens": {10**30}'), "4", None),
        (GOOD.replace('"prompt_tokens": 10', '"prompt_tokens": -10'), "4", None),
        (GOOD.replace('"prompt_tokens": 10', '"prompt_tokens": true'), "4", None),
        (GOOD.replace('"prompt_tokens_details": {', '"prompt_tokens_details": {"ключ": [[]], '), "4", 10),
        (GOOD.replace('"usage": {', '"usage": [], "other": {'), "4", None),
    ],
)
def test_what_odd_servers_say_is_not_paid_for_again(server, body, said, tokens):
    server.script.append(Behaviour(body if isinstance(body, bytes) else body.encode()))
    reply = ask(server)
    assert (reply.outcome, reply.text, reply.prompt_tokens, reply.attempts) == ("ok", said, tokens, 1)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"choices": ' * 50_000, "null", '"choices"', "[]", '{"choices"'])
def test_what_is_no_reply_is_none(server, body):
    server.script += [Behaviour(body.encode())] * 2
    assert ask(server).outcome == "invalid_body"


def test_shares_and_quotas_of_endpoints(server):
    """Three requests to one for shares of 3 and 1; where one has no quota left, the other takes all."""

    async def run(other):
        llm = llm_at(server.url)
        llm.endpoints[0].share = 3.0
        llm.endpoints += llm_at(other.url).endpoints
        first = [await llm.complete(ASKED) for _ in range(8)]
        other.answer = lambda request: status(429, error_code="insufficient_quota")
        then = [await llm.complete(ASKED) for _ in range(8)]
        await llm.close()
        return [r[0].outcome for r in first + then]

    with OpenAiServer() as other:
        assert set(asyncio.run(run(other))) == {"ok"}
        assert len(server.requests) == 6 + 8
        assert len(other.requests) == 2 + 1


def test_newer_models_get_the_newer_names(server):
    def answer(request):
        for name in ("max_tokens", "temperature"):
            if name in request:
                return status(400, message=f"Unsupported parameter: '{name}' is not supported with this model.")
        return "4"

    server.answer = answer
    assert ask(server).outcome == "ok"
    assert server.requests[-1] == {"model": "m", "messages": [{"role": "user", "content": "2+2?"}], "max_completion_tokens": 100}


def test_concurrency_is_bounded(server):
    server.answer = lambda request: text("4", after_s=0.05)

    async def run():
        llm = llm_at(server.url, in_flight=2)
        await asyncio.gather(*(llm.complete(ASKED) for _ in range(6)))
        await llm.close()

    asyncio.run(run())
    assert len(server.requests) == 6
    assert server.most_open == 2


def test_the_key_is_never_shown(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.script += [status(401, message=f"Incorrect API key provided: {KEY}"), status(500), RESET]
    replies = [ask(server), ask(server)]
    shown = [repr(replies), repr(llm_at(server.url)), *(record.getMessage() for record in caplog.records)]
    assert not any(KEY in line for line in shown)
