"""On which pages is this image, or one like it?"""

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.providers import Hit, SearchReply, SeedImage
from vwi_lake.providers.engines import EngineSearch
from vwi_lake.providers.make import ENGINES
from vwi_lake.providers.reply_book import Noted
from vwi_lake.stage import Row, Stage
from vwi_lake.web.images import ImageRejected, normalize
from vwi_lake.web.urls import canonical, host_of, registered_domain
from vwi_lake.world import World

READ_BY_ENGINES = ("png", "jpeg", "gif", "webp", "bmp")  # anything else is sent as PNG
MAX_IMAGE_BYTES = 7 << 20  # Google Vision takes 10 MB of JSON, in which an image grows by a third


@dataclass(frozen=True, kw_only=True)
class Search(Record):
    """bronze.searches: one row per seed and provider asked, and one per new reading of kept replies."""

    TABLE: ClassVar[str] = "searches"

    search_id: str
    seed_id: str | None  # null: a search without a seed (provider `all`)
    provider: str
    corpus: str  # identity of the saved sites; empty for a live search engine
    round: int = 1  # of the seed
    n_hits: int | None = None
    error: str | None = None  # with `partial`, the hits of the pages that came are there
    reply_shas: list[str] | None = None  # the engine's replies whole, a blob per page of results
    parser: int | None = None  # version of what read them
    n_requests: int | None = None  # 0: read from kept replies
    cost_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class SearchHit(Record):
    """bronze.search_hits: one row per hit. `url`, `host` and `domain` are features of `page_url`; null where it is no URL."""

    TABLE: ClassVar[str] = "search_hits"

    search_id: str
    seed_id: str | None
    provider: str
    rank: int  # 1 = best
    page_url: str
    image_url: str | None
    score: float  # in [0, 1]
    kind: str | None = None  # near_duplicate | similar, where the provider tells them apart
    url: str | None  # WHATWG-canonical, without fragment
    host: str | None
    domain: str | None  # registrable domain, by the public suffix list


async def ask(row: Row, world: World) -> list[Record]:
    """Ask the provider once, or read what it once replied; the search and its hits land together."""
    assert world.search is not None
    if isinstance(world.search, EngineSearch):
        return _without_forgotten(await _ask_engine(row, world, world.search), world)
    reply = await world.search.search(SeedImage(world.blobs.get(row["seed_id"]) if row["seed_id"] else b""))
    return _without_forgotten(_records(row, reply), world)


def _without_forgotten(records: list[Record], world: World) -> list[Record]:
    """A hit that was taken down leaves no row, since a row would name it; an engine's reply keeps the name until the next takedown."""
    kept_out = world.kept_out
    kept = [r for r in records if not (isinstance(r, SearchHit) and kept_out.url(r.page_url))]
    return [replace(r, image_url=None) if isinstance(r, SearchHit) and kept_out.url(r.image_url or "") else r for r in kept]


async def _ask_engine(row: Row, world: World, engine: EngineSearch) -> list[Record]:
    """Kept replies are read again; else the engine is asked, and its replies are in the blobs before anything else happens."""
    if row["reply_shas"]:
        return await _read_again(row, world, engine, Noted(row["reply_shas"], 0, None, None))
    noted = engine.book.find(row["search_id"]) if engine.book else None
    if noted:  # a run was killed between reply and commit
        return await _read_again(row, world, engine, noted)
    engine.meter.at_least(row["spent_requests"], row["spent_usd"])
    try:
        data = await asyncio.to_thread(_readable, world.blobs.get(row["seed_id"]), row["format"])
    except ImageRejected as error:
        return _records(row, SearchReply([], error=error.reason))
    reply = await engine.search(SeedImage(data, row["seed_url"]))
    if reply.error == "stopped":
        return []
    shas = [await asyncio.to_thread(world.blobs.put, page.encode()) for page in reply.pages]
    if engine.book and shas:
        engine.book.keep(row["search_id"], Noted(shas, reply.n_requests, reply.cost_usd, reply.error))
    return _records(row, reply, shas, engine.engine.parser)


async def _read_again(row: Row, world: World, engine: EngineSearch, noted: Noted) -> list[Record]:
    pages = [(await asyncio.to_thread(world.blobs.get, sha)).decode() for sha in noted.reply_shas]
    read = engine.reread(pages)
    error = read.error or (noted.error if noted.error != "malformed" else None)
    reply = SearchReply(read.hits, pages, noted.n_requests, noted.cost_usd, error)
    return _records(row, reply, noted.reply_shas, engine.engine.parser)


def _readable(data: bytes, file_format: str | None) -> bytes:
    """The seed as every engine reads it."""
    data = data if file_format in READ_BY_ENGINES else normalize(data).data
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageRejected("too_large")
    return data


def _records(row: Row, reply: SearchReply, shas: list[str] | None = None, parser: int | None = None) -> list[Record]:
    asked = {"seed_id": row["seed_id"], "provider": row["provider"]}
    search = Search(
        search_id=row["search_id"],
        corpus=row["corpus"],
        round=row["round"],
        n_hits=len(reply.hits),
        error=reply.error,
        reply_shas=shas,
        parser=parser,
        n_requests=reply.n_requests,
        cost_usd=reply.cost_usd,
        **asked,
    )
    return [search, *(hit_record(hit, row["search_id"], asked) for hit in reply.hits)]


def hit_record(hit: Hit, search_id: str, asked: Row) -> SearchHit:
    """A hit with its URL's features; `asked` names seed and provider."""
    try:
        url = canonical(hit.page_url)
    except ValueError:
        return SearchHit(search_id=search_id, **asked, **_columns(hit), url=None, host=None, domain=None)
    host = host_of(url)
    return SearchHit(search_id=search_id, **asked, **_columns(hit), url=url, host=host, domain=registered_domain(host))


def _columns(hit: Hit) -> Row:
    return {"rank": hit.rank, "page_url": hit.page_url, "image_url": hit.image_url, "score": hit.score, "kind": hit.kind}


def variables(world: World) -> Row:
    engine = world.search if isinstance(world.search, EngineSearch) else None
    return {
        "search_provider": world.search.name if world.search else "",
        "corpus": world.web.identity() if world.web and not engine else "",
        "search_parser": engine.engine.parser if engine else 0,
        "can_publish": bool(engine and engine.publisher),
    }


def idle(world: World) -> str | None:
    if world.search is not None:
        return None
    engine = ENGINES.get(world.settings.search.provider or "")
    if engine:
        return f"no key for the search engine {engine.name}: set {engine.key_name} in the environment and run again"
    return "no search provider: name saved sites with --web, or set [search] provider to serpapi, google_vision or serper"


STAGE = Stage(
    name="search_images",
    question=__doc__ or "",
    records=(Search, SearchHit),
    ask=ask,
    key=("search_id", "seed_id", "provider", "corpus"),
    shared_by=("seed_id", "provider", "corpus"),  # each attempt has an id of its own
    in_flight=lambda world: 8 if isinstance(world.search, EngineSearch) else 2,
    variables=variables,
    idle=idle,
    batch=200,
)
