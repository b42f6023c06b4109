"""Each engine against a real socket that replies as its documentation says; the table is the contract."""

import asyncio
import base64
import json
import logging

import pytest

from tests.providers import search_servers as said
from tests.providers.search_servers import SearchServer, reply
from vwi_lake.errors import VwiError
from vwi_lake.providers import SeedImage
from vwi_lake.providers.engines import EngineSearch, Meter, Wanted, read_pages
from vwi_lake.providers.make import ENGINES

KEY = "key-Never+Shown/42"
SEED = SeedImage(b"\x89PNG image", "https://seeds.example/a.png")
IMAGE = base64.b64encode(SEED.data).decode()
SLOW_DOWN = {"Retry-After": "0"}

USUAL = {"serpapi": said.serpapi_page(1), "google_vision": said.vision_page(), "serper": said.serper_page()}
EMPTY = {"serpapi": said.serpapi_empty(), "google_vision": said.vision_empty(), "serper": said.serper_page(n=0)}
SPENT = {
    "serpapi": said.serpapi_error(429, "Your account has run out of searches."),
    "google_vision": said.vision_error(429, "Quota exceeded for the limit 'Requests per day'", "RESOURCE_EXHAUSTED"),
    "serper": said.serper_error(400, "Not enough credits"),
}
BUSY = {
    "serpapi": said.serpapi_error(429, "Too many requests this hour.", SLOW_DOWN),
    "google_vision": said.vision_error(429, "Quota exceeded: requests per minute", "RESOURCE_EXHAUSTED", SLOW_DOWN),
    "serper": said.serper_error(429, "Rate limit exceeded", SLOW_DOWN),
}
LATER = {name: said.Reply(busy.body, 429, {"Retry-After": "7200"}) for name, busy in BUSY.items()}
REFUSED = {
    "serpapi": said.serpapi_error(401, "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"),
    "google_vision": said.vision_error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"),
    "serper": said.serper_error(403, "Unauthorized."),
}
BAD_IMAGE = {
    "serpapi": said.serpapi_error(400, "Unsupported `url` parameter."),
    "google_vision": said.vision_image_error(3, "Bad image data."),
    "serper": said.serper_error(400, "Invalid image url"),
}
DOWN = dict.fromkeys(ENGINES, reply(503, {"error": "We couldn't get valid results for this search. Please try again later."}))
ALL = pytest.mark.parametrize("name", ENGINES)


def engine(name, server, **more):
    found = ENGINES[name]
    given = {"wanted": Wanted(), "meter": Meter(found.price_usd), "timeout_s": 0.5, "backoff_s": 0.01} | more
    return EngineSearch(found, KEY, server.url, **given)


def search(name, *script, seed=SEED, **more):
    """One search of one engine whose server follows a script; the reply and the server."""
    with SearchServer(USUAL[name]) as server:
        server.script += script
        return asyncio.run(engine(name, server, **more).search(seed)), server


@ALL
def test_hits_replies_and_cost(name):
    found, server = search(name)
    assert (found.error, found.n_requests, found.cost_usd) == (None, 1, ENGINES[name].price_usd)
    assert [h.rank for h in found.hits] == list(range(1, len(found.hits) + 1))
    assert len(found.hits) >= 2
    assert all(h.page_url.startswith("https://") and 0 <= h.score <= 1 for h in found.hits)
    assert [json.loads(p) for p in found.pages] == [json.loads(USUAL[name].body)]
    assert len(server.requests) == 1


@ALL
@pytest.mark.parametrize(
    ("script", "error", "n_requests", "n_paid", "kept"),
    [
        ([EMPTY], None, 1, 1, 1),
        ([BUSY, USUAL], None, 2, 1, 1),
        ([DOWN, said.CLOSE, USUAL], None, 3, 1, 1),
        ([BUSY] * 4, "rate_limited", 4, 0, 0),
        ([LATER], "rate_limited", 1, 0, 0),
        ([SPENT], "quota_gone", 1, 0, 0),
        ([DOWN] * 4, "server_error", 4, 0, 0),
        ([said.CLOSE] * 4, "unreachable", 4, 0, 0),
        ([said.HANG], "timeout", 1, 1, 0),
        ([BAD_IMAGE], "bad_image", 1, 0, 0),
        ([reply(404, {})], "http_status", 1, 0, 0),
        ([reply(302, {}, {"Location": "http://elsewhere.example/"})], "http_status", 1, 0, 0),
        ([said.CUT_OFF], "malformed", 1, 1, 1),
        ([said.HTML], "malformed", 1, 1, 1),
        ([said.NOT_AN_OBJECT], "malformed", 1, 1, 1),
        ([said.HALF_A_CHARACTER], "malformed", 1, 1, 1),
        ([reply(200, {"something": "else"})], "malformed", 1, 1, 1),
    ],
)
def test_what_may_come(name, script, error, n_requests, n_paid, kept):
    found, server = search(name, *(each[name] if isinstance(each, dict) else each for each in script))
    assert (found.error, found.n_requests, len(found.pages)) == (error, n_requests, kept)
    assert found.cost_usd == pytest.approx(n_paid * ENGINES[name].price_usd)
    assert len(server.requests) == n_requests
    assert bool(found.hits) == (USUAL in script)


@ALL
def test_retry_after_is_waited_for(name):
    _, server = search(name, said.Reply(BUSY[name].body, 429, {"Retry-After": "1"}))
    assert server.times[1] - server.times[0] >= 1


@ALL
@pytest.mark.parametrize("answer", [REFUSED, reply(401, {}), reply(403, {"error": KEY})])
def test_a_refused_key_stops_the_run_and_names_the_variable(name, answer):
    with pytest.raises(VwiError, match=f"set {ENGINES[name].key_name} to one that may search") as raised:
        search(name, answer[name] if isinstance(answer, dict) else answer)
    assert KEY not in str(raised.value)


def test_pages_are_followed_by_their_tokens():
    found, server = search("serpapi", said.serpapi_page(1, token="t1"), said.serpapi_page(3, token="t2"), said.serpapi_page(5))
    assert [h.page_url for h in found.hits] == [f"https://site{i}.example/page" for i in range(1, 7)]
    assert [h.rank for h in found.hits] == [1, 2, 3, 4, 5, 6]
    assert [r.query.get("page_token") for r in server.requests] == [None, "t1", "t2"]
    assert {r.query["api_key"] for r in server.requests} == {KEY}
    assert (found.n_requests, found.cost_usd, len(found.pages)) == (3, pytest.approx(0.045), 3)


def test_no_more_is_asked_than_wanted():
    pages = said.serpapi_page(1, 5, token="t1"), said.serpapi_page(6, 5, token="t2")
    found, server = search("serpapi", *pages, wanted=Wanted(max_results=7))
    assert (len(found.hits), len(server.requests)) == (7, 2)


def test_a_token_that_comes_back_ends_the_paging():
    found, server = search("serpapi", *[said.serpapi_page(i, token="same") for i in (1, 3, 5)])
    assert (found.error, len(server.requests)) == (None, 2)


@pytest.mark.parametrize("second", [SPENT["serpapi"], LATER["serpapi"], said.HANG, said.HTML, said.serpapi_error(400, "bad")])
def test_pages_that_came_are_kept_when_the_next_fails(second):
    found, _ = search("serpapi", said.serpapi_page(1, token="t1"), second)
    assert (found.error, len(found.hits), found.n_requests) == ("partial", 2, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("serpapi", {"engine": "google_lens", "type": "exact_matches", "url": SEED.url, "hl": "de", "country": "at", "api_key": KEY}),
        ("serper", {"url": SEED.url, "gl": "at", "hl": "de"}),
        (
            "google_vision",
            {"image": {"content": IMAGE}, "features": [{"type": "WEB_DETECTION", "maxResults": 7}]},
        ),
    ],
)
def test_what_is_sent(name, expected):
    _, server = search(name, wanted=Wanted(7, "exact_matches", "de", "at"))
    sent = server.requests[0]
    asked = sent.query if name == "serpapi" else sent.body["requests"][0] if name == "google_vision" else sent.body
    assert asked == expected
    header = {"serper": "x-api-key", "google_vision": "x-goog-api-key"}.get(name)
    assert header is None or (sent.headers[header] == KEY and KEY not in json.dumps([sent.path, sent.query, sent.body]))


@pytest.mark.parametrize("name", ["serpapi", "serper"])
def test_a_seed_nobody_can_see_is_not_asked_about(name):
    found, server = search(name, seed=SeedImage(b"image"))
    assert (found.error, found.n_requests, server.requests) == ("no_public_url", 0, [])


@ALL
@pytest.mark.parametrize(("limits", "asked"), [({"max_requests": 2}, 2), ({"budget_usd": 0.0}, 0), ({"max_requests": 0}, 0)])
def test_a_limit_ends_the_asking(name, limits, asked):
    async def thrice(server):
        one = engine(name, server, meter=Meter(ENGINES[name].price_usd, **limits))
        return [await one.search(SEED) for _ in range(asked + 2)]

    with SearchServer(USUAL[name]) as server:
        found = asyncio.run(thrice(server))
    assert [f.error for f in found] == [None] * asked + ["budget_reached", "stopped"]
    assert len(server.requests) == asked


def test_what_earlier_runs_spent_counts():
    meter = Meter(0.01, budget_usd=1.0)
    meter.at_least(99, 0.99)
    assert [meter.take(), meter.take(), meter.stopped] == [True, False, "budget_reached"]


@ALL
@pytest.mark.parametrize("last", [SPENT, LATER])
def test_an_engine_that_gives_no_more_is_left_alone(name, last):
    async def twice(server):
        one = engine(name, server)
        return [(await one.search(SEED)).error for _ in range(2)]

    with SearchServer(USUAL[name]) as server:
        server.script += [last[name]]
        assert asyncio.run(twice(server))[1] == "stopped"
        assert len(server.requests) == 1


@ALL
def test_the_key_is_nowhere(name, caplog):
    """An engine that repeats the key, and the presigned address, in its reply; everything logged at the lowest level."""
    caplog.set_level(logging.NOTSET)
    signed = SeedImage(b"image", "https://b.example/a.png?X-Amz-Credential=AKIA%2F2026%2Fs3&X-Amz-Signature=5159ab")
    told = json.loads(USUAL[name].body) | {"echo": [KEY, f"?api_key={KEY}&x", signed.url]}
    found, _ = search(name, reply(200, told), seed=signed)
    seen = [repr(found), caplog.text, repr(EngineSearch(ENGINES[name], KEY, "http://127.0.0.1", Wanted(), Meter(0.0))), *found.pages]
    for secret in (KEY, "key-Never%2BShown%2F42", "5159ab", "AKIA/2026", "AKIA%2F2026"):
        assert not [text for text in seen if secret in text]
    assert found.hits
    assert "[secret]" in found.pages[0]


@ALL
@pytest.mark.parametrize(
    "junk", [None, 1, "x", [], {}, [None], [1], [[]], [{}], [{"link": 1, "url": 1}], {"webDetection": 3}, [{"webDetection": [1]}]]
)
def test_no_reply_is_too_odd_to_read(name, junk):
    keys = ("visual_matches", "exact_matches", "responses", "organic", "search_metadata", "serpapi_pagination", "error", "message")
    odd = dict.fromkeys(keys, junk)
    assert ENGINES[name].read(odd) == []
    for status in (200, 400, 429, 500):
        ENGINES[name].judge(status, odd)
    found, _ = search(name, reply(200, odd))
    assert found.hits == []


@ALL
def test_kept_replies_read_alike_without_asking(name):
    found, _ = search(name)
    again = read_pages(ENGINES[name], found.pages, 60)
    assert again.hits == found.hits
