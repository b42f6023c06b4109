"""Google Lens by Serper (https://serper.dev, playground "Lens"): one page of results."""

import httpx

from vwi_lake.providers import Hit, SeedImage
from vwi_lake.providers.engines import Engine, Json, Wanted, by_status, items, text_of


def request(seed: SeedImage, wanted: Wanted, base_url: str, key: str) -> httpx.Request:
    asked = {"url": seed.url, "gl": wanted.country, "hl": wanted.language}
    return httpx.Request("POST", f"{base_url}/lens", json=asked, headers={"X-API-KEY": key, "Accept-Encoding": "gzip"})


def following(reply: Json, before: httpx.Request) -> httpx.Request | None:
    return None


def judge(status: int, reply: Json | None) -> str | None:
    """Spent credits come as a 400 that says so."""
    said = (text_of((reply or {}).get("message")) or "").lower()
    if "not enough credits" in said:
        return "quota_gone"
    if status == 400:
        return "bad_image" if "image" in said or "url" in said else "bad_request"
    if error := by_status(status):
        return error
    known = reply is not None and (isinstance(reply.get("organic"), list) or "searchParameters" in reply)
    return None if known else "malformed"


def read(reply: Json) -> list[Hit]:
    """Lens gives an order and no scores: all count as images that resemble the seed."""
    found = [(text_of(m.get("link")), text_of(m.get("imageUrl")) or text_of(m.get("thumbnailUrl"))) for m in items(reply.get("organic"))]
    return [Hit(rank, page, image, 0.5) for rank, (page, image) in enumerate(((p, i) for p, i in found if p), 1)]


ENGINE = Engine(
    name="serper",
    key_name="SERPER_API_KEY",
    base_name="SERPER_BASE_URL",
    base_url="https://google.serper.dev",
    price_usd=0.003,  # three credits a Lens search, 50 USD for 50,000 credits (https://serper.dev, 2026)
    parser=1,
    needs_url=True,
    request=request,
    following=following,
    judge=judge,
    read=read,
)
