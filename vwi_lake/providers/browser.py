"""Pages that need a browser: Chromium runs their scripts, and every request they make is answered by our own fetcher.

Nothing reaches the network from Chromium itself: requests are intercepted, names do not resolve and the proxy is dead, so that the
address guard, robots.txt and the limits of the fetcher hold for rendered pages too. Timers run on a clock of ours, as fast as they can.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vwi_lake.providers import Fetched, Fetcher
from vwi_lake.providers.page_walk import Walker
from vwi_lake.providers.render_cache import RenderCache
from vwi_lake.web.steps import join_steps
from vwi_lake.web.urls import host_of, registered_domain

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request, Route

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
_SCRIPT = Path(__file__).with_suffix(".js")
_NOON = 1_750_000_000  # what the page takes the time to be, so that it renders the same tomorrow
_PIXEL = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'
_ASKED_FOR = frozenset(("document", "script", "stylesheet", "xhr", "fetch"))  # the other kinds add nothing to the text
_PAGES_A_BROWSER = 200
_SETTLED_MS = 1_500  # of the page's time without a change
_GRACE_S = 5.0  # for the step under way


@dataclass(frozen=True)
class Caps:
    deadline_s: float = 20.0  # for a page to settle
    walk_s: float = 40.0  # for the steps it shows one by one
    requests: int = 200
    bytes: int = 40 * 1024 * 1024  # of all that the page asked for
    html_bytes: int = 20 * 1024 * 1024


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
    deadline_s: float = 20.0
    cache: RenderCache | None = None
    at_a_time: int = 2
    _driver: Any = field(default=None, init=False, repr=False)
    _browser: Any = field(default=None, init=False, repr=False)
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
        for part, stop in ((browser, "close"), (driver, "stop")):
            if part:
                with suppress(TimeoutError, *_playwright_errors()):
                    async with asyncio.timeout(10):
                        await getattr(part, stop)()

    async def _render(self, html_page: Fetched) -> bytes:
        caps = Caps(deadline_s=self.deadline_s)
        errors = _playwright_errors()
        try:
            async with self._context() as context:
                body = (await Visit(html_page, self.fetcher, caps).read(context)).encode("utf-8", "replace")
        except TimeoutError:
            raise _RenderFailed("render_timeout") from None
        except errors as error:
            is_alive = self._browser is not None and self._browser.is_connected()
            raise _RenderFailed("render_failed" if is_alive else "browser_died") from error
        if len(body) > caps.html_bytes:
            raise _RenderFailed("render_too_large")
        return body

    @asynccontextmanager
    async def _context(self) -> AsyncIterator["BrowserContext"]:
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
            except (TimeoutError, *_playwright_errors()):
                await self._drop(browser)

    async def _started(self) -> Any:
        from playwright.async_api import async_playwright

        async with self._starting:
            if self._browser and self._rendered >= _PAGES_A_BROWSER and not self._open:
                await self._drop(self._browser)
            if self._browser is None or not self._browser.is_connected():
                self._driver = self._driver or await async_playwright().start()
                flags = [*_FLAGS, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else list(_FLAGS)
                try:
                    self._browser = await self._driver.chromium.launch(executable_path=self.executable, args=flags, timeout=30_000)
                except _playwright_errors() as error:
                    raise _RenderFailed("browser_not_started") from error
                self._rendered = 0
            return self._browser

    async def _drop(self, browser: Any) -> None:
        if self._browser is browser:
            self._browser = None
        with suppress(TimeoutError, *_playwright_errors()):
            async with asyncio.timeout(10):
                await browser.close()


class _RenderFailed(Exception):  # noqa: N818 - carries the error class of a Fetched
    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def _playwright_errors() -> tuple[type[Exception], ...]:
    from playwright.async_api import Error

    return (Error,)


def _rendered(page: Fetched, body: bytes) -> Fetched:
    return replace(page, content_type="text/html", charset="utf-8", body=body, rendered=True)


class Visit:
    """One page in one context: its requests are answered, and what it shows is read when it has settled."""

    def __init__(self, page: Fetched, fetcher: Fetcher, caps: Caps) -> None:
        self.served, self.fetcher, self.caps = page, fetcher, caps
        self.requests, self.bytes, self.pending = 0, 0, 0
        self.is_loaded, self.left = False, 0

    async def read(self, context: "BrowserContext") -> str:
        """The page with all its steps; where the steps take too long or break, the page as it first stood."""
        async with asyncio.timeout(self.caps.deadline_s):
            page = await self._opened(context)
            await self.settle(page, 10_000)
            await self._inline_frames(page)
            html: str = await page.evaluate("__vwi.html()")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.caps.walk_s + _GRACE_S):
                return join_steps(await Walker(page, self, time.monotonic() + self.caps.walk_s).steps())
        return html

    async def _opened(self, context: "BrowserContext") -> "Page":
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        await context.add_init_script(path=_SCRIPT)
        await context.clock.install(time=_NOON)
        page = await context.new_page()
        page.on("popup", lambda popup: popup.close())
        await context.clock.pause_at(_NOON + 3_600)  # later than what the page has lived by then
        await page.goto(self.served.final_url, wait_until="domcontentloaded", timeout=self.caps.deadline_s * 1000)
        return page

    async def settle(self, page: "Page", most_ms: int) -> None:
        """Let the page's time pass until nothing changes, while its requests are waited for in ours."""
        seen, quiet_ms, left_ms, waits = -1, 0, most_ms, 0
        while quiet_ms < _SETTLED_MS and left_ms > 0:
            if self.pending and waits < 400:
                waits += 1
                await asyncio.sleep(0.01)
                continue
            await page.clock.run_for(500)
            left_ms -= 500
            changes = await page.evaluate("__vwi.changes()")
            quiet_ms = quiet_ms + 500 if changes == seen and not self.pending else 0
            seen = changes

    async def _inline_frames(self, page: "Page") -> None:
        """Frames of the same site, as part of the page."""
        domain = _site(self.served.final_url)
        for frame in [f for f in page.frames[1:] if f.parent_frame == page.main_frame and _site(f.url) == domain][:8]:
            html = await frame.evaluate("__vwi.framed()")
            place = await frame.frame_element()
            await place.evaluate(
                "(el, html) => { const d = document.createElement('section'); d.innerHTML = html; el.replaceWith(d); }", html
            )

    async def _answer(self, route: "Route") -> None:
        self.pending += 1
        try:
            await self._answer_with(route, route.request)
        except _playwright_errors():
            pass  # the page was closed meanwhile
        finally:
            self.pending -= 1

    async def _answer_with(self, route: "Route", request: "Request") -> None:
        if request.is_navigation_request() and request.frame.parent_frame is None:
            await self._navigate(route)
        elif request.resource_type == "image":
            await route.fulfill(status=200, content_type="image/svg+xml", body=_PIXEL)
        elif request.method != "GET" or request.resource_type not in _ASKED_FOR or not self._may_ask():
            await route.abort("blockedbyclient")
        else:
            got = await self.fetcher.fetch(request.url)
            self.bytes += len(got.body or b"")
            if got.body is None or self.bytes > self.caps.bytes:
                await route.abort("failed")
            else:
                await route.fulfill(status=got.status or 200, headers=_headers(got, request), body=got.body)

    async def _navigate(self, route: "Route") -> None:
        """The page itself once; to go elsewhere is refused, and the page stays."""
        if self.is_loaded:
            self.left += 1
            await route.fulfill(status=204)
            return
        self.is_loaded = True
        charset = f"; charset={self.served.charset}" if self.served.charset else ""
        await route.fulfill(status=200, content_type=f"{self.served.content_type or 'text/html'}{charset}", body=self.served.body or b"")

    def _may_ask(self) -> bool:
        self.requests += 1
        return self.requests <= self.caps.requests and self.bytes <= self.caps.bytes


_TYPES = {"document": "text/html", "script": "text/javascript", "stylesheet": "text/css"}


def _headers(got: Fetched, request: "Request") -> dict[str, str]:
    """Only the type: caching and policies are ours. Any origin may read it, since nobody is logged in anywhere."""
    media = got.content_type or _TYPES.get(request.resource_type, "application/octet-stream")
    return {
        "content-type": f"{media}; charset={got.charset}" if got.charset else media,
        "access-control-allow-origin": request.headers.get("origin", "*"),
        "access-control-allow-credentials": "true",
    }


def _site(url: str) -> str:
    if not urlsplit(url).scheme.startswith("http"):
        return ""
    host = host_of(url)
    return registered_domain(host) or host
