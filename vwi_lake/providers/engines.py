"""Search engines that are asked over HTTP: patience, counting and keys. What one engine says and how is in its own module."""

import asyncio
import random
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import orjson

from vwi_lake.errors import VwiError
from vwi_lake.providers import Hit, SearchReply, SeedImage
from vwi_lake.providers.http import retry_after_s
from vwi_lake.providers.reply_book import ReplyBook

MOST_ATTEMPTS = 4
LONGEST_WAIT_S = 60.0  # a Retry-After beyond this is left to a later run
MOST_BYTES = 32 << 20
MOST_PAGES = 10
_RETRIED = ("rate_limited", "server_error", "unreachable")  # not a timeout: what ran may be billed
_STOPPING = ("quota_gone", "budget_reached", "rate_limited")  # the next seed would be answered alike
_BILLED = (None, "timeout", "malformed")  # a timeout may be; the engines charge for no other failure

Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What the settings ask of any engine."""

    max_results: int = 60
    match: str = "visual_matches"  # or exact_matches; Google Lens tells them apart
    language: str = "en"
    country: str = "us"


@dataclass(frozen=True)
class Engine:
    """What is particular to one engine. `read` and `judge` are pure; a change of `read` raises `parser`."""

    name: str
    key_name: str  # environment variables
    base_name: str
    base_url: str
    price_usd: float  # of a request that was answered, by the public price list
    parser: int
    needs_url: bool  # reads the image from a public address
    request: Callable[[SeedImage, Wanted, str, str], httpx.Request]  # seed, wanted, base URL, key
    following: Callable[[Json, httpx.Request], httpx.Request | None]  # of the next page of results
    judge: Callable[[int, Json | None], str | None]  # HTTP status and reply → error class
    read: Callable[[Json], list[Hit]]


class Publisher(Protocol):
    async def publish(self, data: bytes) -> str: ...


@dataclass
class Meter:
    """Requests and money of all runs. Once a limit is reached or an engine gives no more, a run asks nothing further."""

    price_usd: float
    max_requests: int | None = None
    budget_usd: float | None = None
    requests: int = 0
    usd: float = 0.0
    stopped: str | None = None

    def at_least(self, requests: int, usd: float) -> None:
        """What earlier runs have spent, as the lake knows it."""
        self.requests, self.usd = max(self.requests, requests), max(self.usd, usd)

    def take(self) -> bool:
        """Reserve one request and its price, before it is sent; False where that would pass a limit."""
        over = self.max_requests is not None and self.requests >= self.max_requests
        if over or (self.budget_usd is not None and self.usd + self.price_usd > self.budget_usd + 1e-9):
            self.stopped = "budget_reached"
            return False
        self.requests += 1
        self.usd += self.price_usd
        return True

    def refund(self) -> None:
        self.usd -= self.price_usd


@dataclass(frozen=True)
class _Answer:
    text: str | None = None
    reply: Json | None = None
    error: str | None = None
    wait_s: float | None = None  # as the server asked
    sent: int = 0
    billed: int = 0


@dataclass
class EngineSearch:
    """One engine with its key. The key goes into requests and nowhere else: not into repr, rows, logs or messages."""

    engine: Engine
    key: str = field(repr=False)
    base_url: str
    wanted: Wanted
    meter: Meter
    publisher: Publisher | None = None
    book: ReplyBook | None = None
    timeout_s: float = 90.0
    backoff_s: float = 1.0

    @property
    def name(self) -> str:
        return self.engine.name

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    async def search(self, seed: SeedImage) -> SearchReply:
        """All pages of results up to `max_results`; what came before a failure is kept as `partial`."""
        if self.meter.stopped:
            return SearchReply([], error="stopped")
        if self.engine.needs_url and seed.url is None:
            if self.publisher is None:
                return SearchReply([], error="no_public_url")
            seed = replace(seed, url=await self.publisher.publish(seed.data))
        secrets = [self.key, *_secrets_of(seed.url or "")]
        answers: list[_Answer] = []
        request: httpx.Request | None = self.engine.request(seed, self.wanted, self.base_url, self.key)
        async with httpx.AsyncHTTPTransport(verify=self._tls) as transport:
            while request is not None and len(answers) < MOST_PAGES:
                answer = await self._patiently(transport, request)
                text = _without(secrets, answer.text) if answer.text is not None else None
                answers.append(replace(answer, text=text))
                found = read_pages(self.engine, [a.text for a in answers if a.text is not None], self.wanted.max_results)
                request = None if answer.error or len(found.hits) >= self.wanted.max_results else self._next(answer, request)
        return self._reply(answers, found)

    def reread(self, pages: list[str]) -> SearchReply:
        """Kept replies, read by the parser of today; nothing is asked."""
        return read_pages(self.engine, pages, self.wanted.max_results)

    def _next(self, answer: _Answer, request: httpx.Request) -> httpx.Request | None:
        return self.engine.following(answer.reply, request) if answer.reply is not None else None

    def _reply(self, answers: list[_Answer], found: SearchReply) -> SearchReply:
        error = answers[-1].error
        if error in _STOPPING:
            self.meter.stopped = error
        if error and found.hits:
            error = "partial"
        sent = sum(a.sent for a in answers)
        cost = sum(a.billed for a in answers) * self.meter.price_usd if sent else None
        return replace(found, n_requests=sent, cost_usd=cost, error=error or found.error)

    async def _patiently(self, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> _Answer:
        """One page of results, tried again where the engine is busy; a refused key stops the run."""
        sent = billed = 0
        while True:
            if not self.meter.take():
                return _Answer(error="budget_reached", sent=sent, billed=billed)
            answer = await self._once(transport, request)
            sent += 1
            if answer.error in _BILLED:
                billed += 1
            else:
                self.meter.refund()
            wait_s = max(answer.wait_s or 0.0, self.backoff_s * 2 ** (sent - 1) * random.uniform(1.0, 1.5))  # noqa: S311 - spreads retries
            if answer.error not in _RETRIED or sent == MOST_ATTEMPTS or wait_s > LONGEST_WAIT_S:
                return replace(answer, sent=sent, billed=billed)
            await asyncio.sleep(wait_s)

    async def _once(self, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> _Answer:
        """Sent by the transport itself, since httpx' client logs every URL, and with it a key that stands in one."""
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout_s)
        try:
            async with asyncio.timeout(self.timeout_s):
                response = await transport.handle_async_request(request)
                try:
                    body = await _read(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            return _Answer(error="timeout")
        except (httpx.NetworkError, httpx.ProxyError, httpx.RemoteProtocolError):
            return _Answer(error="unreachable")
        except (httpx.DecodingError, httpx.ProtocolError, httpx.UnsupportedProtocol):
            return _Answer(error="malformed")
        return self._judged(response, body)

    def _judged(self, response: httpx.Response, body: bytes) -> _Answer:
        text, reply = body.decode("utf-8", errors="replace"), parse(body)
        error = self.engine.judge(response.status_code, reply)
        if error == "unauthorized":
            status = f"HTTP {response.status_code}"
            raise VwiError(f"{self.name} refused the key ({status}): set {self.engine.key_name} to one that may search, and run again")
        if error and error != "malformed":
            return _Answer(error=error, wait_s=retry_after_s(response.headers.get("retry-after", ""), datetime.now(UTC)))
        return _Answer(text, reply, error)


def read_pages(engine: Engine, pages: list[str], max_results: int) -> SearchReply:
    """Hits of all pages in their order, ranked anew; a page that cannot be read is `malformed`, the others count."""
    replies = [parse(page.encode()) for page in pages]
    hits = [hit for reply in replies if reply is not None for hit in engine.read(reply)][:max_results]
    broken = any(reply is None or engine.judge(200, reply) == "malformed" for reply in replies)
    error = ("partial" if hits else "malformed") if broken else None
    return SearchReply([replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)], pages, error=error)


def parse(body: bytes) -> Json | None:
    """A JSON object, or None for anything else (lone surrogates too, which no table can hold)."""
    try:
        reply = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return reply if isinstance(reply, dict) else None


def items(value: Any) -> list[Json]:
    """The objects of what should be a list of objects."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def by_status(status: int) -> str | None:
    """What the HTTP status alone says; 400 is for the engine's own module to tell."""
    if status in (401, 403):
        return "unauthorized"
    if status == 429:
        return "rate_limited"
    if status == 408:
        return "timeout"
    if status >= 500:
        return "server_error"
    return None if status == 200 else "http_status"


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise httpx.DecodingError("reply too large")
    return bytes(body)


def _secrets_of(url: str) -> list[str]:
    """What opens a presigned address: engines repeat the address in their replies."""
    named = parse_qsl(urlsplit(url).query)
    return [value for name, value in named if re.search("signature|token|credential|accesskey", name, re.IGNORECASE)]


def _without(secrets: list[str], text: str) -> str:
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret), secret.replace("/", "\\/")} - {""}:
            text = text.replace(form, "[secret]")
    return text
