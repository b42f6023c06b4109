"""On which pages is this image, or one like it?"""

from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.providers import Hit
from vwi_lake.stage import Row, Stage
from vwi_lake.web.urls import canonical, host_of, registered_domain
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class Search(Record):
    """bronze.searches: one row per seed and provider asked (and, for saved sites, which sites they were)."""

    TABLE: ClassVar[str] = "searches"

    search_id: str
    seed_id: str | None  # null: a search without a seed (provider `all`)
    provider: str
    corpus: str  # identity of the saved sites; empty for a live search engine
    n_hits: int | None = None
    error: str | None = None


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
    url: str | None  # WHATWG-canonical, without fragment
    host: str | None
    domain: str | None  # registrable domain, by the public suffix list


async def ask(row: Row, world: World) -> list[Record]:
    """Ask the provider once; the search and its hits land together."""
    assert world.search is not None
    asked = {"seed_id": row["seed_id"], "provider": row["provider"]}
    hits = await world.search.search(world.blobs.get(row["seed_id"]) if row["seed_id"] else b"")
    search = Search(search_id=row["search_id"], corpus=row["corpus"], n_hits=len(hits), **asked)
    return [search, *(_record(hit, row["search_id"], asked) for hit in hits)]


def _record(hit: Hit, search_id: str, asked: Row) -> SearchHit:
    try:
        url = canonical(hit.page_url)
    except ValueError:
        return SearchHit(search_id=search_id, **asked, **_columns(hit), url=None, host=None, domain=None)
    host = host_of(url)
    return SearchHit(search_id=search_id, **asked, **_columns(hit), url=url, host=host, domain=registered_domain(host))


def _columns(hit: Hit) -> Row:
    return {"rank": hit.rank, "page_url": hit.page_url, "image_url": hit.image_url, "score": hit.score}


def variables(world: World) -> Row:
    return {"search_provider": world.search.name if world.search else "", "corpus": world.web.identity() if world.web else ""}


def idle(world: World) -> str | None:
    if world.search is None:
        return "no search provider: name saved sites with --web, or set [search] provider (search engines come with the search milestone)"
    return None


STAGE = Stage(
    name="search_images",
    question=__doc__ or "",
    records=(Search, SearchHit),
    ask=ask,
    key=("search_id", "seed_id", "provider", "corpus"),
    in_flight=lambda _: 2,
    variables=variables,
    idle=idle,
    batch=200,
)
