"""What lies at each kept URL? Failures are answers too."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import orjson

from vwi_lake.columns import Record
from vwi_lake.providers import Fetched, Known
from vwi_lake.providers.rendered import see
from vwi_lake.stage import Row, Stage
from vwi_lake.web.charset import decode
from vwi_lake.web.inline import without_images
from vwi_lake.web.licences import licence_of, may_name_one
from vwi_lake.web.media import media_type
from vwi_lake.web.robots import AGENT, opt_out
from vwi_lake.web.urls import host_of
from vwi_lake.world import World

HTML = (None, "text/html", "application/xhtml+xml")
SAVED_AT_A_TIME = 64  # saved sites are read as fast as it goes
WAITING = 8  # times the requests on the wire may be rows under way: those that wait for their host, or are being stored


@dataclass(frozen=True, kw_only=True)
class PageFetch(Record):
    """bronze.page_fetches: one row per URL asked."""

    TABLE: ClassVar[str] = "page_fetches"

    url: str
    final_url: str | None = None
    via: list[str] | None = None  # addresses that redirected, in order
    status: int | None = None
    content_type: str | None = None  # media type
    charset: str | None = None  # as the Content-Type header declares it
    headers: str | None = None  # as they came: JSON, names in lower case
    etag: str | None = None
    last_modified: str | None = None
    body_sha: str | None = None
    size_bytes: int | None = None
    unchanged: bool = False  # the server said so (304); body, status and headers are those of before
    robots: str | None = None  # allowed | denied | unreachable; null for saved sites
    robots_source: str | None = None  # the robots.txt that says so, and its status
    opt_out: str | None = None  # the opt-out that the site states outside of the page; those in the page: bronze.page_trees
    opt_out_source: str | None = None  # header | tdmrep.json
    licence: str | None = None  # the address of the licence that the page names for itself
    rendered: bool = False
    needs_browser: str | None = None  # why the page as served does not hold its content
    render_error: str | None = None  # why it is as served although a browser tried
    corpus: str = ""  # identity of the saved sites asked; empty for the live web
    retry_at: datetime | None = None  # not to be asked again before
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    got = await fetch(row["url"], row["known"], world)
    asked = {"url": row["url"], "corpus": row["corpus"], **of_every_fetch(got)}
    if got.status == 304 and row["known"]:
        return [PageFetch(**(asked | row["known"]), unchanged=True)]
    stated = opt_out(got.headers, [], user_agent=AGENT)
    seen = await see(got, None if stated or got.opt_out else world.browser)
    body = seen.page.body
    body_sha, licence = await asyncio.to_thread(_keep, seen.page, world) if body else (None, None)
    return [
        PageFetch(
            **asked,
            **of_every_reply(got),
            content_type=media_type(body or b"", seen.page.content_type),
            charset=seen.page.charset,
            headers=orjson.dumps(got.headers, default=str).decode() if got.headers else None,
            body_sha=body_sha,
            size_bytes=len(body) if body is not None else None,
            opt_out=stated or got.opt_out,
            opt_out_source="header" if stated else "tdmrep.json" if got.opt_out else None,
            licence=licence,
            rendered=seen.page.rendered,
            needs_browser=seen.needs_browser,
            render_error=seen.render_error,
            error=error_of(got),
        )
    ]


def _keep(page: Fetched, world: World) -> tuple[str, str | None]:
    """Beside the loop: to pack and to write take their time."""
    assert page.body is not None
    licence, link = None, page.headers.get("link", "")
    if page.content_type in HTML and (may_name_one(page.body) or "license" in link.lower()):
        html = decode(page.body, f"text/html; charset={page.charset}" if page.charset else None)
        licence = licence_of(html, page.final_url, link)
    body = without_images(page.body, world.kept_out.image) if world.kept_out else page.body
    return world.blobs.put(body), licence


async def fetch(url: str, known: Row | None, world: World) -> Fetched:
    """Asked anew, or whether it changed; what was taken down is not asked, and where it lies behind a redirect not kept."""
    if world.kept_out.url(url):
        return Fetched(url, url, error="forgotten")
    got = await _fetch(url, known, world)
    return Fetched(url, url, error="forgotten") if world.kept_out.url(got.final_url) else got


async def _fetch(url: str, known: Row | None, world: World) -> Fetched:
    from vwi_lake.providers.http import HttpFetcher

    assert world.fetcher is not None
    if known and isinstance(world.fetcher, HttpFetcher):
        return await world.fetcher.fetch(url, Known(known["final_url"], known["etag"], known["last_modified"]))
    return await world.fetcher.fetch(url)


def of_every_fetch(got: Fetched) -> dict[str, Any]:
    return {"via": list(got.via), "robots": got.robots, "robots_source": got.robots_source, "retry_at": got.retry_at}


def of_every_reply(got: Fetched) -> dict[str, Any]:
    validators = {"etag": got.headers.get("etag"), "last_modified": got.headers.get("last-modified")}
    return {"final_url": got.final_url, "status": got.status, **validators}


def error_of(got: Fetched) -> str | None:
    return "http_status" if got.error is None and got.status not in (None, 200) else got.error


def no_fetcher(world: World) -> str | None:
    """Why nothing can be fetched, if so; shared by the stage that fetches images."""
    if world.fetcher is None:
        return "nothing to fetch with: name saved sites with --web, or set [fetch] contact to a URL that site owners can use"
    return None


def lane_of(url: str) -> str:
    """Rows of one host wait for each other; what names no host waits for nobody."""
    try:
        return host_of(url) or url
    except ValueError:
        return url


def in_flight(world: World) -> int:
    """Of the live web, requests on the wire are counted by the fetcher."""
    return SAVED_AT_A_TIME if world.web else WAITING * world.settings.fetch.in_flight


def places(world: World) -> int:
    return SAVED_AT_A_TIME if world.web else world.settings.fetch.per_host


STAGE = Stage(
    name="fetch_pages",
    question=__doc__ or "",
    records=(PageFetch,),
    ask=ask,
    key=("url",),
    batch=20_000,  # a batch ends when its slowest host has: the larger, the less often all wait for one
    in_flight=in_flight,
    lane=lambda row: lane_of(row["url"]),
    places=places,
    may_retry=True,
    variables=lambda world: {"has_browser": world.browser is not None, "corpus": world.web.identity() if world.web else ""},
    idle=no_fetcher,
)
