"""Rows out = rows in under each fault, and every failure typed: the table in docs/log.md is made by this one."""

import asyncio
import itertools
from collections import Counter

import pytest

from tests.providers.openai_server import CUT, DRIPPING, INVALID_JSON, RESET, OpenAiServer, no_choices, refusal, status, text
from tests.providers.test_ledger import SCHEMA, ledger_at, question, settings_at
from vwi_lake.columns import frame

N = 12
GOOD = '{"a": 1}'
FAULTS = {
    # what each request meets, so many times or always: the outcomes
    "429 with Retry-After, once": (status(429, {"Retry-After": "0"}), 1, {"ok": N}),
    "429 without Retry-After, once": (status(429), 1, {"ok": N}),
    "429 always": (status(429), None, {"rate_limited": N}),
    "500 once": (status(500), 1, {"ok": N}),
    "500 always": (status(500), None, {"server_error": N}),
    "reset before the body": (RESET, None, {"reset": N}),
    "reset in the middle of the body, once": (CUT, 1, {"ok": N}),
    "body cut off as JSON": (INVALID_JSON, None, {"invalid_body": N}),
    "accepted, then no answer in time": (text(GOOD, after_s=2.0), None, {"timeout": N}),
    "a byte now and then": (DRIPPING, None, {"timeout": N}),
    "content that is no JSON": (text("I think that"), None, {"invalid_json": N}),
    "content that is JSON cut off": (text('{"a": '), None, {"invalid_json": N}),
    "content cut off at the limit": (text('{"a": ', "length"), None, {"length": N}),
    "wrong schema": (text('{"b": 1}'), None, {"wrong_schema": N}),
    "wrong schema, then repaired": (text('{"b": 1}'), 1, {"ok": N}),
    "no choices": (no_choices(), None, {"empty_choices": N}),
    "empty content": (text(""), None, {"empty_reply": N}),
    "refusal": (refusal("no"), None, {"refusal": N}),
    "content filter": (text("half", "content_filter"), None, {"content_filter": N}),
    "too large": (status(413), None, {"too_large": N}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rows_out_are_rows_in(tmp_path, monkeypatch, fault):
    behaviour, times, outcomes = FAULTS[fault]
    seen: Counter[str] = Counter()
    counted = itertools.count()

    def answer(request):
        asked = str(request["messages"][0]["content"])
        seen[asked] += 1
        next(counted)
        return GOOD if times is not None and seen[asked] > times else behaviour

    async def run():
        async with ledger_at(settings_at(tmp_path, timeout_s=0.5 if "timeout" in outcomes else 20.0, in_flight=6)) as ledger:
            ledger.llm.backoff_s = 0.001
            return await asyncio.gather(*(ledger.call(question(n, schema=SCHEMA)) for n in range(N)))

    with OpenAiServer(answer) as server:  # each completion has the same id: nothing goes by it
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        calls = asyncio.run(run())
    assert Counter(call.outcome for call in calls) == outcomes
    assert frame(calls).height == N
    assert sum(call.attempts for call in calls) == next(counted)


def test_fifty_planted_secrets_are_written_nowhere(tmp_path, monkeypatch, caplog, capsys):
    """In the key, in the endpoint's address, in what an endpoint says of them."""
    caplog.set_level("DEBUG")
    for number in range(25):
        key, password = f"sk-planted-key-{number:04d}", f"hunter-{number:04d}"
        with OpenAiServer(lambda request: GOOD) as server:
            server.script += [status(500, message=f"upstream of {key} and {password} failed"), status(400, message=f"bad key {key}")]
            monkeypatch.setenv("OPENAI_API_KEY", key)
            monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("/v1", f"/{password}/v1"))

            async def run(number=number):
                async with ledger_at(settings_at(tmp_path / "lake")) as ledger:
                    calls = await asyncio.gather(*(ledger.call(question(f"{number}-{n}", schema=SCHEMA)) for n in range(3)))
                    return [repr(call) for call in calls] + [repr(ledger.llm)]

            shown = asyncio.run(run())
        printed = capsys.readouterr()
        texts = [*shown, caplog.text, printed.out, printed.err]
        written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not any(secret in text for secret in (key, password) for text in texts)
        assert not any(secret.encode() in data for secret in (key, password) for data in written)
