"""One page in a browser: every request it makes is answered by our fetcher, and its time passes as fast as it can."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Error, Page, Request, Route

from vwi_lake.providers import Fetched, Fetcher
from vwi_lake.providers.page_walk import Walker
from vwi_lake.web.steps import join_steps
from vwi_lake.web.urls import host_of, registered_domain

_SCRIPT = Path(__file__).with_name("browser.js")
_NOON = 1_750_000_000  # what the page takes the time to be, so that it renders the same tomorrow
_PIXEL = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'
_ASKED_FOR = frozenset(("document", "script", "stylesheet", "xhr", "fetch"))  # the other kinds add nothing to the text
_SETTLED_MS = 1_500  # of the page's time without a change
_GRACE_S = 5.0  # for the step under way


@dataclass(frozen=True)
class Caps:
    deadline_s: float = 40.0  # for a page to settle
    walk_s: float = 120.0  # for the steps it shows one by one: presses and steps are counted, this is for a machine under load
    requests: int = 200
    bytes: int = 40 * 1024 * 1024  # of all that the page asked for
    html_bytes: int = 20 * 1024 * 1024


class Visit:
    """One page in one context: its requests are answered, and what it shows is read when it has settled."""

    def __init__(self, page: Fetched, fetcher: Fetcher, caps: Caps) -> None:
        self.served, self.fetcher, self.caps = page, fetcher, caps
        self.requests, self.bytes, self.pending = 0, 0, 0
        self.is_loaded, self.left = False, 0

    async def read(self, context: BrowserContext) -> str:
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

    async def _opened(self, context: BrowserContext) -> Page:
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        await context.add_init_script(path=_SCRIPT)
        await context.clock.install(time=_NOON)
        page = await context.new_page()
        page.on("popup", lambda popup: popup.close())
        await context.clock.pause_at(_NOON + 3_600)  # later than what the page has lived by then
        await page.goto(self.served.final_url, wait_until="commit", timeout=self.caps.deadline_s * 1000)
        return page

    async def settle(self, page: Page, most_ms: int) -> None:
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

    async def _inline_frames(self, page: Page) -> None:
        """Frames of the same site, as part of the page."""
        domain = _site(self.served.final_url)
        for frame in [f for f in page.frames[1:] if f.parent_frame == page.main_frame and _site(f.url) == domain][:8]:
            html = await frame.evaluate("__vwi.framed()")
            place = await frame.frame_element()
            await place.evaluate(
                "(el, html) => { const d = document.createElement('section'); d.innerHTML = html; el.replaceWith(d); }", html
            )

    async def _answer(self, route: Route) -> None:
        self.pending += 1
        try:
            await self._answer_with(route, route.request)
        except Error:
            pass  # the page was closed meanwhile
        finally:
            self.pending -= 1

    async def _answer_with(self, route: Route, request: Request) -> None:
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

    async def _navigate(self, route: Route) -> None:
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


def _headers(got: Fetched, request: Request) -> dict[str, str]:
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
