"""Settings and environment in, providers out: the one place where keys are read."""

import os
from pathlib import Path

from vwi_lake.blobs import Blobs
from vwi_lake.demo import SEEDS, WEB
from vwi_lake.errors import VwiError
from vwi_lake.lake import blobs_of
from vwi_lake.providers import Fetcher, Search, google_vision, serpapi, serper
from vwi_lake.providers.all_pages import AllPages, OfBytes
from vwi_lake.providers.browser import Browser, find_browser
from vwi_lake.providers.engines import Engine, EngineSearch, Meter, Wanted
from vwi_lake.providers.http import HttpFetcher, Limits
from vwi_lake.providers.llm import make_llm
from vwi_lake.providers.local_search import LocalSearch
from vwi_lake.providers.publish import S3Publisher
from vwi_lake.providers.render_cache import RenderCache
from vwi_lake.providers.rendered import RenderedWeb
from vwi_lake.providers.reply_book import ReplyBook
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.providers.site_files import SiteFiles
from vwi_lake.settings import Settings
from vwi_lake.world import World

ENGINES: dict[str, Engine] = {module.ENGINE.name: module.ENGINE for module in (serpapi, google_vision, serper)}


def make_world(settings: Settings) -> World:
    """All providers the settings ask for; what is not configured is None, and the stages that need it say so."""
    settings = with_demo(settings)
    web = SavedWeb([Path(p) for p in settings.web]) if settings.web else None
    blobs: Blobs = blobs_of(settings.lake)
    fetcher = make_fetcher(settings, web)
    browser = make_browser(settings, web, fetcher)
    return World(settings, blobs, web, fetcher, make_search(settings, web, browser), make_llm(settings, blobs), browser)


def with_demo(settings: Settings) -> Settings:
    """The word `demo` names the small web and the seeds that ship with the package."""
    web = tuple(str(WEB) if p == "demo" else p for p in settings.web)
    return settings.model_copy(update={"web": web, "seeds": str(SEEDS) if settings.seeds == "demo" else settings.seeds})


def make_fetcher(settings: Settings, web: SavedWeb | None) -> Fetcher | None:
    if web is not None:
        return web
    if settings.fetch.contact is None:
        return None
    asked = settings.fetch
    return HttpFetcher(
        contact=settings.fetch.contact,
        seconds_between=asked.seconds_between,
        limits=Limits(timeout_s=asked.timeout_s, deadline_s=asked.deadline_s, max_bytes=asked.max_bytes, retries=asked.retries),
        in_flight=asked.in_flight,
        per_host=asked.per_host,
        ports=frozenset(asked.ports),
        reads_tdmrep=asked.tdmrep,
        files=SiteFiles(Path(settings.lake.path) / "site-files.sqlite"),
    )


def make_browser(settings: Settings, web: SavedWeb | None, fetcher: Fetcher | None) -> Browser | None:
    """Rendered pages of saved sites are kept beside the lake: their images are indexed before they are fetched."""
    executable = find_browser() if settings.fetch.browser else None
    if fetcher is None or executable is None:
        return None
    cache = RenderCache(Path(settings.lake.path) / "rendered", web.identity) if web else None
    return Browser(fetcher, executable, cache=cache)


def make_search(settings: Settings, web: SavedWeb | None, browser: Browser | None = None) -> Search | None:
    wanted = settings.search.provider or ("local" if web else None)
    if wanted is None:
        return None
    if wanted in ENGINES:
        return make_engine(ENGINES[wanted], settings)
    if web is None:
        raise VwiError(f"--search {wanted} looks at saved pages: name a folder, WARC or WACZ with --web")
    if wanted == "all":
        return AllPages(web)
    return OfBytes(LocalSearch(RenderedWeb(web, browser) if browser else web, Path(settings.lake.path) / "image-index"))


def make_engine(engine: Engine, settings: Settings) -> EngineSearch | None:
    """None without a key; the stage then says which variable it looks for."""
    key, base_url = os.environ.get(engine.key_name, "").strip(), os.environ.get(engine.base_name) or engine.base_url
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise VwiError(f"{engine.key_name} holds characters that no key has: set it again")
    if not base_url.startswith(("https://", "http://")):
        raise VwiError(f"{engine.base_name} is no http(s) address: correct it, or unset it to use {engine.base_url}")
    asked = settings.search
    price_usd = engine.price_usd if asked.price_usd is None else asked.price_usd
    return EngineSearch(
        engine,
        key,
        base_url.rstrip("/"),
        Wanted(asked.max_results, asked.match, asked.language, asked.country),
        Meter(price_usd, asked.max_requests, asked.budget_usd),
        S3Publisher(settings.seeding.publish, settings.seeding.expires_s) if settings.seeding.publish else None,
        ReplyBook(settings.lake),
        asked.timeout_s,
    )
