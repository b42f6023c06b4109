"""What is configured, what is missing, and what to do about it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vwi_lake.errors import VwiError
from vwi_lake.providers.browser import find_browser
from vwi_lake.settings import Settings, place_of


@dataclass(frozen=True)
class Finding:
    name: str
    state: Literal["ok", "missing", "broken"]
    told: str


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order of the pipeline. Keys are looked for, never shown."""
    sources = [seeds(settings), web(settings), search(settings), contact(settings), browser()]
    return [python(), lake(settings), *sources, endpoint(settings), prefect()]


def python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", "ok" if sys.version_info >= (3, 11) else "broken", f"{found} (3.11 or newer is needed)")


def lake(settings: Settings) -> Finding:
    from vwi_lake.lake import Lake

    place = settings.lake.catalog or settings.lake.path
    if settings.lake.catalog is None and not (Path(place) / "catalog.sqlite").exists():
        return Finding("lake", "missing", f"none at {place} yet: `vwi run` or `vwi demo` makes one")
    try:
        opened = Lake.read(settings.lake)
    except VwiError as error:
        return Finding("lake", "broken", str(error))
    snapshot = opened.snapshot()
    opened.close()
    return Finding("lake", "ok", f"{place}, snapshot {snapshot}")


def seeds(settings: Settings) -> Finding:
    if settings.seeds is None:
        return Finding("seeds", "missing", "no seed images: name a folder with --seeds (with --search all none are needed)")
    if settings.seeds != "demo" and not Path(settings.seeds).exists():
        return Finding("seeds", "broken", f"nothing at {settings.seeds}: correct `seeds` in vwi.toml")
    return Finding("seeds", "ok", settings.seeds)


def web(settings: Settings) -> Finding:
    gone = [p for p in settings.web if p != "demo" and not Path(p).exists()]
    if gone:
        return Finding("saved sites", "broken", f"nothing at {', '.join(gone)}: correct `web` in vwi.toml")
    if settings.web:
        return Finding("saved sites", "ok", ", ".join(settings.web))
    return Finding("saved sites", "missing", "none: name a folder <host>/<path>, a WARC or a WACZ with --web, or fetch live")


def search(settings: Settings) -> Finding:
    from vwi_lake.providers.make import ENGINES

    engine = ENGINES.get(settings.search.provider or "")
    if engine is None:
        return Finding("image search", "ok", settings.search.provider or "local (over the saved sites)") if settings.web else NO_SEARCH
    if os.environ.get(engine.key_name):
        return Finding("image search", "ok", f"{engine.name}, key in {engine.key_name}")
    return Finding("image search", "missing", f"{engine.name} needs a key: set {engine.key_name} in the environment")


NO_SEARCH = Finding("image search", "missing", "none: name saved sites with --web, or set [search] provider to an engine such as serpapi")


def contact(settings: Settings) -> Finding:
    if settings.fetch.contact:
        return Finding("live fetching", "ok", f"user agent names {settings.fetch.contact}")
    return Finding("live fetching", "missing", "off: set [fetch] contact in vwi.toml to a URL that site owners can use")


def browser() -> Finding:
    if found := find_browser():
        return Finding("browser", "ok", found)
    return Finding(
        "browser",
        "missing",
        "no Chromium: `playwright install chromium`, your system's package, or name one in VWI_CHROMIUM; "
        "pages whose content comes with their scripts are read as served until then",
    )


def endpoint(settings: Settings) -> Finding:
    """Hosts alone: the path of an address may hold a key."""
    from vwi_lake.providers.llm import endpoints_of

    asked = endpoints_of(settings.llm)
    if not asked:
        return NO_ENDPOINT
    if keyless := [each.key_name for each in asked if not each.base_url and not os.environ.get(each.key_name)]:
        return Finding("LLM endpoint", "broken", f"no key: set {', '.join(keyless)} in the environment")
    places = ", ".join(place_of(each.base_url) if each.base_url else "the default OpenAI endpoint" for each in asked)
    return Finding("LLM endpoint", "ok", f"{places}, model {settings.llm.model}")


NO_ENDPOINT = Finding(
    "LLM endpoint",
    "missing",
    "none: set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server; without one the page's own solutions are the answers",
)


def prefect() -> Finding:
    from vwi_lake import local_prefect

    place = local_prefect.running()
    return Finding("Prefect", "ok", place.ui) if place else Finding("Prefect", "missing", "not up from this folder: `vwi up` starts it")
