"""Google Lens by SerpApi (https://serpapi.com/google-lens-api); status and error codes: https://serpapi.com/api-status-and-error-codes."""

from urllib.parse import parse_qs, urlsplit

import httpx

from vwi_lake.providers import Hit, SeedImage
from vwi_lake.providers.engines import Engine, Json, Wanted, by_status, items, text_of


def request(seed: SeedImage, wanted: Wanted, base_url: str, key: str) -> httpx.Request:
    asked = {"engine": "google_lens", "type": wanted.match, "url": seed.url or "", "hl": wanted.language, "country": wanted.country}
    return httpx.Request("GET", f"{base_url}/search.json", params=asked | {"api_key": key}, headers={"Accept-Encoding": "gzip"})


def following(reply: Json, before: httpx.Request) -> httpx.Request | None:
    """By its token only: a link of the reply is not followed, since the key would go wherever it points."""
    token = _next_token(reply)
    if token is None or token == before.url.params.get("page_token"):
        return None
    return httpx.Request("GET", before.url.copy_set_param("page_token", token), headers={"Accept-Encoding": "gzip"})


def _next_token(reply: Json) -> str | None:
    paging = reply.get("serpapi_pagination")
    if not isinstance(paging, dict):
        return None
    return text_of(paging.get("next_page_token")) or _token_in(text_of(paging.get("next")) or "")


def _token_in(url: str) -> str | None:
    try:
        return parse_qs(urlsplit(url).query).get("page_token", [None])[0]
    except ValueError:
        return None


def judge(status: int, reply: Json | None) -> str | None:
    """A search without matches is a success that carries an `error` text; a failed one has the status `Error`."""
    said = text_of((reply or {}).get("error")) or ""
    if "run out of searches" in said or "searches for the month" in said:
        return "quota_gone"
    if status == 400:
        return "bad_image" if "image" in said.lower() or "`url`" in said else "bad_request"
    if error := by_status(status):
        return error
    if reply is None:
        return "malformed"
    metadata = reply.get("search_metadata")
    state = metadata.get("status") if isinstance(metadata, dict) else None
    if state in ("Error", "Processing", "Queued"):
        return "server_error"
    return None if state == "Success" or any(isinstance(reply.get(k), list) for k in ("visual_matches", "exact_matches")) else "malformed"


def read(reply: Json) -> list[Hit]:
    """Lens gives an order and no scores: the very image counts 1, one that resembles it 0.5."""
    matches = [(m, 1.0) for m in items(reply.get("exact_matches"))] + [(m, 0.5) for m in items(reply.get("visual_matches"))]
    found = [(text_of(m.get("link")), text_of(m.get("image")) or text_of(m.get("thumbnail")), score) for m, score in matches]
    return [Hit(rank, page, image, score) for rank, (page, image, score) in enumerate(((p, i, s) for p, i, s in found if p), 1)]


ENGINE = Engine(
    name="serpapi",
    key_name="SERPAPI_API_KEY",
    base_name="SERPAPI_BASE_URL",
    base_url="https://serpapi.com",
    price_usd=0.015,  # 75 USD for 5,000 searches; failed ones are free (https://serpapi.com/pricing, 2026)
    parser=1,
    needs_url=True,
    request=request,
    following=following,
    judge=judge,
    read=read,
)
