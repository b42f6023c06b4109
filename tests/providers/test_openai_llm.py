import asyncio
import logging
import socket

import pytest

from tests.providers.openai_server import INVALID_JSON, NOT_JSON_AT_ALL, RESET, OpenAiServer, no_choices, refusal, status, text
from vwi_lake.providers.openai_llm import OpenAiLlm

KEY = "sk-never-shown-1234567890"
CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
BUSY = status(429, {"Retry-After": "0"})


def ask(server: OpenAiServer, *, schema=None, times=1, url=None, timeout_s=5.0, concurrency=4):
    """`times` calls one after the other, by one client."""

    async def run():
        llm = OpenAiLlm(url or server.url, KEY, timeout_s, concurrency, backoff_s=0.01)
        replies = [await llm.complete("m", [{"role": "user", "content": "2+2?"}], schema, 100, 0.0) for _ in range(times)]
        await llm.close()
        return replies

    return asyncio.run(run())[-1]


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
        ([status(500), status(502), status(503), text("5")], "ok", "5", 4),
        ([RESET, text("5")], "ok", "5", 2),
        ([INVALID_JSON, text("5")], "ok", "5", 2),
        ([NOT_JSON_AT_ALL, text("5")], "ok", "5", 2),
        ([BUSY] * 4, "rate_limited", None, 4),
        ([status(500)] * 4, "server_error", None, 4),
        ([RESET] * 4, "connection", None, 4),
        ([INVALID_JSON] * 4, "server_error", None, 4),
        ([status(429, {"Retry-After": "7200"})], "rate_limited", None, 1),
        ([status(429, error_code="insufficient_quota")], "rate_limited", None, 1),
        ([no_choices()], "empty", None, 1),
        ([text("")], "empty", None, 1),
        ([text(None)], "empty", None, 1),
        ([refusal("I would rather not")], "refused", "I would rather not", 1),
        ([text("half", "content_filter")], "refused", "half", 1),
        ([text('{"a": "hal', "length")], "truncated", '{"a": "hal', 1),
        ([status(401)], "auth", None, 1),
        ([status(403)], "auth", None, 1),
        ([status(400)], "bad_request", None, 1),
        ([status(404)], "bad_request", None, 1),
        ([status(413)], "bad_request", None, 1),
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
    assert (reply.outcome, reply.attempts, len(server.requests)) == ("timeout", 1, 1)


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        reply = ask(None, url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
    assert (reply.outcome, reply.attempts) == ("connection", 4)


@pytest.mark.parametrize(("schema", "strict"), [(CLOSED, True), (OPEN, False)])
def test_the_schema_is_sent(server, schema, strict):
    ask(server, schema=schema)
    assert server.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": schema, "strict": strict},
    }


def test_a_server_that_refuses_the_schema_is_asked_without_and_that_is_remembered(server):
    server.answer = lambda request: status(400, message="unknown field") if "response_format" in request else "plain"
    reply = ask(server, schema=OPEN, times=2)
    assert (reply.text, reply.attempts) == ("plain", 1)
    assert ["response_format" in request for request in server.requests] == [True, False, False]


def test_a_request_that_is_bad_anyway_does_not_count_against_the_schema(server):
    server.script += [status(400, message="too long"), status(400, message="too long")]
    reply = ask(server, schema=OPEN, times=2)
    assert (reply.text, reply.attempts) == ("4", 1)
    assert ["response_format" in request for request in server.requests] == [True, False, True]


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
        llm = OpenAiLlm(server.url, KEY, 5, 2)
        await asyncio.gather(*(llm.complete("m", [{"role": "user", "content": str(i)}], None, 10, 0.0) for i in range(6)))
        await llm.close()

    asyncio.run(run())
    assert len(server.requests) == 6
    assert server.most_open == 2


def test_the_key_is_never_shown(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.script += [status(401, message=f"Incorrect API key provided: {KEY}"), status(500), RESET]
    replies = [ask(server), ask(server)]
    shown = [repr(replies), repr(OpenAiLlm(server.url, KEY, 5, 1)), *(record.getMessage() for record in caplog.records)]
    assert not any(KEY in line for line in shown)
