"""Pages as they are read: as served, or as a browser shows those that hold their content only after their scripts ran."""

import hashlib
from dataclasses import dataclass

import anyio.from_thread
from anyio import NoEventLoopError

from vwi_lake.providers import Fetched
from vwi_lake.providers.browser import Browser
from vwi_lake.providers.render_cache import VERSION
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.charset import decode
from vwi_lake.web.scripted import needs_browser

_PAGES = (None, "text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Seen:
    page: Fetched  # rendered where that was needed and worked, else as served
    needs_browser: str | None = None
    render_error: str | None = None  # why it was not rendered although a browser tried


async def see(page: Fetched, browser: Browser | None) -> Seen:
    """Render the page where it needs that and there is a browser."""
    reason = why_rendered(page)
    if reason is None or browser is None:
        return Seen(page, reason)
    got = await browser.render(page.url, page)
    return Seen(got, reason) if got.rendered else Seen(page, reason, got.error)


def why_rendered(page: Fetched) -> str | None:
    if not page.body or page.status != 200 or page.content_type not in _PAGES:
        return None
    return needs_browser(decode(page.body, f"text/html; charset={page.charset}" if page.charset else None))


class RenderedWeb(SavedWeb):
    """Saved sites read in a worker thread of the event loop, which renders the pages that need it."""

    def __init__(self, web: SavedWeb, browser: Browser) -> None:
        self._sources, self._browser = web._sources, browser

    def read(self, url: str) -> Fetched:
        page = super().read(url)
        if why_rendered(page) is None:
            return page
        try:
            return anyio.from_thread.run(see, page, self._browser).page
        except NoEventLoopError:  # read by a script without an event loop
            return page

    def identity(self) -> str:
        return hashlib.sha256(f"{super().identity()} rendered {VERSION}".encode()).hexdigest()
