"""Pages that need a browser: Chromium runs their scripts, and every request they make is answered by our own fetcher.

Nothing reaches the network from Chromium itself: requests are intercepted, names do not resolve and the proxy is dead, so that the
address guard, robots.txt and the limits of the fetcher hold for rendered pages too. Timers run on a clock of ours, as fast as they can.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Error, Playwright, async_playwright

from vwi_lake.providers import Fetched, Fetcher
from vwi_lake.providers.page_visit import Caps, Visit
from vwi_lake.providers.render_cache import RenderCache

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OWN = (".cache/ms-playwright", "Library/Caches/ms-playwright")  # where `playwright install chromium` puts it, below the home
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-features=PreloadMediaEngagementData,OptimizationHints,Prerender2,SpeculationRulesPrefetchProxy",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",  # the discard port: what slips through interception ends here
    "--proxy-bypass-list=<-loopback>",
    "--js-flags=--max-old-space-size=512",
)
_PAGES_A_BROWSER = 200


def find_browser() -> str | None:
    """The Chromium to use: VWI_CHROMIUM, one on the PATH, or playwright's own."""
    if named := os.environ.get("VWI_CHROMIUM"):
        return shutil.which(named)
    on_path = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return on_path or _playwrights_own()


def _playwrights_own() -> str | None:
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folders = [Path(given)] if given else [Path.home() / below for below in _OWN]
    patterns = ("chromium-*/chrome-*/chrome", "chromium-*/chrome-*/*.app/Contents/MacOS/*", "chromium_headless_shell-*/*/*headless*shell")
    found = [path for folder in folders for pattern in patterns for path in sorted(folder.glob(pattern), reverse=True)]
    return next((str(path) for path in found if path.is_file()), None)


@dataclass
class Browser:
    """Renders pages, two at a time; the browser starts with the first and is replaced now and then."""

    fetcher: Fetcher
    executable: str | None
    deadline_s: float = Caps.deadline_s
    cache: RenderCache | None = None
    at_a_time: int = 2
    _driver: Playwright | None = field(default=None, init=False, repr=False)
    _browser: Chromium | None = field(default=None, init=False, repr=False)
    _rendered: int = field(default=0, init=False)
    _open: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._turns, self._starting = asyncio.Semaphore(self.at_a_time), asyncio.Lock()

    async def render(self, url: str, html_page: Fetched) -> Fetched:
        """The page after its scripts settled; `error` says why not, and the caller still has the page as served."""
        if self.cache and (kept := self.cache.get(url, html_page.body or b"")) is not None:
            return _rendered(html_page, kept)
        async with self._turns:
            try:
                body = await self._render(html_page)
            except _RenderFailed as failed:
                return replace(html_page, body=None, error=failed.error)
        if self.cache:
            self.cache.put(url, html_page.body or b"", body)
        return _rendered(html_page, body)

    async def close(self) -> None:
        browser, driver, self._browser, self._driver = self._browser, self._driver, None, None
        for stop in (browser and browser.close, driver and driver.stop):
            with suppress(TimeoutError, Error):
                async with asyncio.timeout(10):
                    if stop:
                        await stop()

    async def _render(self, html_page: Fetched) -> bytes:
        caps = Caps(deadline_s=self.deadline_s)
        try:
            async with self._context() as context:
                body = (await Visit(html_page, self.fetcher, caps).read(context)).encode("utf-8", "replace")
        except TimeoutError:
            raise _RenderFailed("render_timeout") from None
        except Error as error:
            is_alive = self._browser is not None and self._browser.is_connected()
            raise _RenderFailed("render_failed" if is_alive else "browser_died") from error
        if len(body) > caps.html_bytes:
            raise _RenderFailed("render_too_large")
        return body

    @asynccontextmanager
    async def _context(self) -> AsyncIterator[BrowserContext]:
        """A profile of its own for each page; one that does not close takes the browser with it."""
        browser = await self._started()
        context = await browser.new_context(service_workers="block", accept_downloads=False, bypass_csp=True, locale="en-US")
        self._open += 1
        try:
            yield context
        finally:
            self._open -= 1
            self._rendered += 1
            try:
                async with asyncio.timeout(5):
                    await context.close()
            except (TimeoutError, Error):
                await self._drop(browser)

    async def _started(self) -> Chromium:
        async with self._starting:
            if self._browser and self._rendered >= _PAGES_A_BROWSER and not self._open:
                await self._drop(self._browser)
            if self._browser is None or not self._browser.is_connected():
                self._driver = self._driver or await async_playwright().start()
                is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # whom Chromium refuses its sandbox
                try:
                    self._browser = await self._driver.chromium.launch(
                        executable_path=self.executable, args=_FLAGS, chromium_sandbox=not is_root, timeout=30_000
                    )
                except Error as error:
                    raise _RenderFailed("browser_not_started") from error
                self._rendered = 0
            return self._browser

    async def _drop(self, browser: Chromium) -> None:
        if self._browser is browser:
            self._browser = None
        with suppress(TimeoutError, Error):
            async with asyncio.timeout(10):
                await browser.close()


class _RenderFailed(Exception):  # noqa: N818 - carries the error class of a Fetched
    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def _rendered(page: Fetched, body: bytes) -> Fetched:
    return replace(page, content_type="text/html", charset="utf-8", body=body, rendered=True)
