"""The live web, asked politely: robots.txt, one request a host at a time, only public addresses, bounded replies."""

import asyncio
import random
import re
import socket
import ssl
import time
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Self

import ada_url
import httpcore
from protego import Protego

from vwi_lake import __version__
from vwi_lake.errors import VwiError
from vwi_lake.providers import Fetched
from vwi_lake.web import robots
from vwi_lake.web.addresses import AddressDenied, choose, target
from vwi_lake.web.urls import canonical

AGENT = "vwi_lake"
Resolve = Callable[[str], Awaitable[list[str]]]
Dial = Callable[[str, int, float | None], Awaitable[httpcore.AsyncNetworkStream]]

_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_AGAIN = (429, 503)
_CONTACT = re.compile(r"https?://[^\s()]+\.[^\s()]+|(?:mailto:)?[^\s()@/:]+@[^\s()@/]+\.[^\s()@/]+")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s\";,]+)", re.IGNORECASE)
_MOST_POOLS = 64  # kept-alive connections; more hosts than that take turns
_LONGEST_CRAWL_DELAY_S = 30.0
_ROBOTS_FAILED_TTL_S = 300.0


@dataclass(frozen=True)
class Limits:
    timeout_s: float = 20.0  # to connect, and between two packets
    deadline_s: float = 60.0  # on the wire for one fetch, redirects and retries included
    max_bytes: int = 20 * 1024 * 1024  # decoded
    max_redirects: int = 10
    retries: int = 2  # after 429, 503 and failed connections
    longest_wait_s: float = 60.0  # a Retry-After beyond this is left to a later run
    robots_ttl_s: float = 24 * 3600.0


class _Failed(Exception):  # noqa: N818 - carries the error class of a Fetched
    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    delay_s: float = 0.0
    rules: dict[str, tuple[float, Protego | str]] = field(default_factory=dict)  # per origin: expiry, rules or error


@dataclass
class _Budget:
    left_s: float


async def system_resolve(host: str) -> list[str]:
    """All addresses of a name, in the system's order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def dial_tcp(address: str, port: int, timeout_s: float | None) -> httpcore.AsyncNetworkStream:
    return await httpcore.AnyIOBackend().connect_tcp(address, port, timeout=timeout_s)


@dataclass
class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolve once, refuse unless every answer is public, and dial that very answer: no name is looked up twice."""

    resolve: Resolve
    dial: Dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        is_literal = ":" in host or host.replace(".", "").isdigit()
        return await self.dial(choose([host] if is_literal else await self.resolve(host)), port, timeout)


@dataclass
class HttpFetcher:
    """A Fetcher of the live web. `contact` tells site owners who asks. `resolve` and `dial` are seams for tests."""

    contact: str  # a URL or mail address
    seconds_between: float = 1.0  # two requests to a host; its own crawl-delay counts up to 30 s
    limits: Limits = field(default_factory=Limits)
    resolve: Resolve = system_resolve
    dial: Dial = dial_tcp
    tls: ssl.SSLContext = field(default_factory=cache(httpcore.default_ssl_context), repr=False)
    _hosts: dict[str, _Host] = field(default_factory=dict, init=False, repr=False)
    _pools: OrderedDict[str, httpcore.AsyncConnectionPool] = field(default_factory=OrderedDict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not _CONTACT.fullmatch(self.contact or ""):
            raise VwiError(
                f"Live fetching needs a contact that site owners can turn to, and {self.contact!r} is none: "
                "set fetch.contact to a page of yours (https://…) or a mail address"
            )
        self._backend = _GuardedBackend(self.resolve, self.dial)

    @property
    def user_agent(self) -> str:
        return f"{AGENT}/{__version__} (+{self.contact})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].aclose()

    async def fetch(self, url: str) -> Fetched:
        """One page with its redirects; every failure is a Fetched with an error class."""
        try:
            at = canonical(url)
        except ValueError:
            return Fetched(url, url, error="bad_url")
        budget = _Budget(self.limits.deadline_s)
        try:
            for _ in range(self.limits.max_redirects + 1):
                await self._obey_robots(at, budget)
                reply = await self._ask(at, budget)
                if not _is_redirect(reply):
                    return replace(reply, url=url)
                at = _next_hop(reply)
        except _Failed as failed:
            return Fetched(url, at, error=failed.error)
        return Fetched(url, at, error="too_many_redirects")

    async def _obey_robots(self, url: str, budget: _Budget) -> None:
        """No rules (4xx) allow everything, an ailing server (5xx, 429) nothing; a dead one fails as itself."""
        host = self._host(url)
        async with host.rules_lock:
            rules = await self._rules(host, ada_url.URL(url).origin, budget)
        if isinstance(rules, str):
            raise _Failed(rules)
        host.delay_s = max(self.seconds_between, min(rules.crawl_delay(AGENT) or 0.0, _LONGEST_CRAWL_DELAY_S))
        if not rules.can_fetch(url, AGENT):
            raise _Failed("robots")

    async def _rules(self, host: _Host, origin: str, budget: _Budget) -> Protego | str:
        """As last read; a failure is believed for five minutes."""
        expires, rules = host.rules.get(origin, (0.0, ""))
        if time.monotonic() >= expires:
            rules = await self._robots(f"{origin}/robots.txt", budget)
            ttl_s = _ROBOTS_FAILED_TTL_S if isinstance(rules, str) else self.limits.robots_ttl_s
            host.rules[origin] = (time.monotonic() + ttl_s, rules)
        return rules

    async def _robots(self, url: str, budget: _Budget) -> Protego | str:
        try:
            for _ in range(6):  # RFC 9309 2.3.1.2: at least five redirects
                reply = await self._ask(url, budget)
                if not _is_redirect(reply):
                    break
                url = _next_hop(reply)
        except _Failed as failed:
            return failed.error
        status = reply.status or 0
        if status >= 500 or status == 429:
            return "robots"
        body = reply.body if status < 300 and reply.body else b""
        return await asyncio.to_thread(robots.parse, body)

    async def _ask(self, url: str, budget: _Budget) -> Fetched:
        """One URL, tried again where the server is busy or could not be reached."""
        host = self._host(url)
        for attempt in range(self.limits.retries + 1):
            outcome: Fetched | _Failed
            async with self._turn(host):
                try:
                    outcome = await self._request(url, budget)
                except _Failed as failed:
                    outcome = failed
            wait_s = _wait_before_retry(outcome, attempt)
            if wait_s is None or wait_s > self.limits.longest_wait_s or attempt == self.limits.retries:
                break
            host.free_at = time.monotonic() + max(wait_s, host.delay_s)
        if isinstance(outcome, _Failed):
            raise outcome
        return outcome

    @asynccontextmanager
    async def _turn(self, host: _Host) -> AsyncIterator[None]:
        """One request a host at a time, and a pause after it."""
        async with host.lock:
            await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
            try:
                yield
            finally:
                host.free_at = time.monotonic() + host.delay_s

    async def _request(self, url: str, budget: _Budget) -> Fetched:
        """One exchange, with every failure of the network named."""
        started = time.monotonic()
        try:
            target(url)
            async with asyncio.timeout(max(0.0, budget.left_s)):
                return await self._exchange(url)
        except AddressDenied as denied:
            raise _Failed("dns" if denied.reason == "no_address" else "denied_address") from denied
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise _Failed("timeout") from error
        except (socket.gaierror, UnicodeError) as error:
            raise _Failed("dns") from error
        except (httpcore.ConnectError, OSError) as error:
            raise _Failed("tls" if _has_cause(error, ssl.SSLError) else "connect") from error
        except (httpcore.ReadError, httpcore.WriteError) as error:
            raise _Failed("tls" if _has_cause(error, ssl.SSLError) else "reset") from error
        except httpcore.ProtocolError as error:
            broke_off = "disconnected" in str(error) or "closed connection" in str(error)
            raise _Failed("reset" if broke_off else "bad_response") from error
        except zlib.error as error:
            raise _Failed("bad_encoding") from error
        finally:
            budget.left_s -= time.monotonic() - started

    async def _exchange(self, url: str) -> Fetched:
        parsed = ada_url.URL(url)
        timeout_s = self.limits.timeout_s
        headers: dict[bytes | str, bytes | str] = {
            "Host": parsed.host,
            "User-Agent": self.user_agent,
            "Accept": "text/html,application/xhtml+xml,image/*;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",  # what can be decoded piecemeal, and so held to a limit
        }
        extensions = {"timeout": {"connect": timeout_s, "read": timeout_s, "write": timeout_s, "pool": timeout_s}}
        pool = await self._pool(parsed.hostname)
        async with pool.stream("GET", url, headers=headers, extensions=extensions) as response:
            names = _headers(response.headers)
            reply = Fetched(url, url, response.status, *_content_type(names.get("content-type", "")), names)
            if _is_redirect(reply):
                return reply
            chunks = response.aiter_stream()
            return replace(reply, body=await _read(chunks, names, self.limits.max_bytes))

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(ada_url.URL(url).hostname, _Host(delay_s=self.seconds_between))

    async def _pool(self, host: str) -> httpcore.AsyncConnectionPool:
        """One connection a host; a shared pool would be scanned at every request (httpx #3215)."""
        if host not in self._pools:
            self._pools[host] = httpcore.AsyncConnectionPool(
                ssl_context=self.tls, max_connections=1, keepalive_expiry=30.0, network_backend=self._backend
            )
        self._pools.move_to_end(host)
        idle = [name for name in self._pools if not self._hosts[name].lock.locked()]
        for name in idle[: max(0, len(self._pools) - _MOST_POOLS)]:
            await self._pools.pop(name).aclose()
        return self._pools[host]


async def _read(chunks: AsyncIterator[bytes], headers: dict[str, str], most: int) -> bytes:
    """The decoded body; decompression stops at the limit, so that a bomb never unfolds."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _Failed("bad_encoding")
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > most:
        raise _Failed("too_large")
    decoder = _Decoder(encoding) if encoding not in ("", "identity") else None
    body = bytearray()
    async for chunk in chunks:
        body += decoder.feed(chunk, most + 1 - len(body)) if decoder else chunk
        if len(body) > most:
            raise _Failed("too_large")
    if decoder and not decoder.is_complete:
        raise _Failed("bad_encoding")
    return bytes(body)


class _Decoder:
    """gzip, also of several members, and deflate with or without its zlib header."""

    def __init__(self, encoding: str) -> None:
        self.is_gzip = encoding != "deflate"
        self.inflate: Any = None

    @property
    def is_complete(self) -> bool:
        return self.inflate is None or self.inflate.eof

    def feed(self, data: bytes, most: int) -> bytes:
        out = bytearray()
        while data and len(out) < most:
            if self.inflate is None or (self.inflate.eof and self.is_gzip and data[:1] == b"\x1f"):
                self.inflate = zlib.decompressobj(31 if self.is_gzip else zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)
            elif self.inflate.eof:
                break  # padding after the end, which browsers ignore too
            out += self.inflate.decompress(data, most - len(out))
            data = self.inflate.unused_data
        return bytes(out)


def _is_redirect(reply: Fetched) -> bool:
    return reply.status in _REDIRECTS and bool(reply.headers.get("location"))


def _next_hop(reply: Fetched) -> str:
    try:
        return canonical(reply.headers["location"], reply.final_url)
    except ValueError as error:
        raise _Failed("bad_redirect") from error


def _wait_before_retry(outcome: "Fetched | _Failed", attempt: int) -> float | None:
    """Seconds to wait, or None where another try is pointless."""
    backoff_s = 0.5 * 2**attempt * random.uniform(1.0, 1.5)  # noqa: S311 - spreads retries, guards no secret
    if isinstance(outcome, _Failed):
        return backoff_s if outcome.error == "connect" else None
    if outcome.status not in _TRY_AGAIN:
        return None
    return max(backoff_s, retry_after_s(outcome.headers.get("retry-after", ""), datetime.now(UTC)) or 0.0)


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds named by a Retry-After header (RFC 9110 10.2.3), as a number or a date."""
    if value.strip().isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case; repeated ones joined, as RFC 9110 5.3 allows."""
    joined: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        try:
            text = value.decode("utf-8")  # a Location may hold raw UTF-8
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _content_type(value: str) -> tuple[str | None, str | None]:
    media = value.split(";", maxsplit=1)[0].strip().lower()
    charset = _CHARSET.search(value)
    return media or None, charset[1] if charset else None


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    """httpcore wraps what the socket raised, at times twice."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
