"""One request and its reply: over a guarded connection, within limits, every failure named."""

import asyncio
import re
import socket
import ssl
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import ada_url
import httpcore

from vwi_lake.providers import Fetched
from vwi_lake.providers.decoding import ACCEPTED, BadEncoding, decoder_of
from vwi_lake.web.addresses import DEFAULT_PORTS, AddressDenied, choose, target

Resolve = Callable[[str], Awaitable[list[str]]]
Headers = dict[bytes | str, bytes | str]
Dial = Callable[[str, int, float | None], Awaitable[httpcore.AsyncNetworkStream]]

_REDIRECTS = (301, 302, 303, 307, 308)
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s\";,]+)", re.IGNORECASE)
_RESOLVERS = ThreadPoolExecutor(64, "resolve")  # names that take long must not hold up the loop's few threads, which write to the lake
_MOST_POOLS = 512  # kept-alive connections; more hosts than that take turns


@dataclass(frozen=True)
class Limits:
    """`max_bytes` is the most a body may have once decoded; the times are seconds."""

    timeout_s: float = 20.0  # to connect, and between two packets
    deadline_s: float = 60.0  # on the wire for one fetch, redirects and retries included
    max_bytes: int = 20 * 1024 * 1024
    max_redirects: int = 10
    retries: int = 2  # at most; retries.TRIES says after what
    first_pause_s: float = 0.5  # before the first retry; twice as long before the next
    longest_wait_s: float = 60.0  # a Retry-After beyond this is left to a later run
    robots_ttl_s: float = 24 * 3600.0
    silences: int = 5  # requests in a row without a reply, after which a host is left alone
    refusals: int = 3  # URLs in a row that ended in 429 or 503, likewise
    leave_alone_s: float = 3600.0


class Failed(Exception):  # noqa: N818 - carries the error class of a Fetched
    """`is_silent`: no reply came at all, so that the next URL of the host will hardly get one."""

    def __init__(self, error: str, is_silent: bool = False) -> None:
        super().__init__(error)
        self.error, self.is_silent = error, is_silent


async def system_resolve(host: str) -> list[str]:
    """All addresses of a name, in the system's order of preference."""
    look_up = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
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
        async with asyncio.timeout(timeout):
            answers = [host] if is_literal else await self.resolve(host)
        return await self.dial(choose(answers), port, timeout)


@dataclass
class Exchanges:
    """Requests over kept-alive connections, a small pool for each host: a shared one is scanned at every request (httpx #3215)."""

    user_agent: str
    limits: Limits
    per_host: int = 1
    ports: Collection[int] = DEFAULT_PORTS
    resolve: Resolve = system_resolve
    dial: Dial = dial_tcp
    tls: ssl.SSLContext = field(default_factory=cache(httpcore.default_ssl_context), repr=False)
    _pools: OrderedDict[str, httpcore.AsyncConnectionPool] = field(default_factory=OrderedDict, init=False, repr=False)
    _busy: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def __post_init__(self) -> None:
        self._backend = _GuardedBackend(self.resolve, self.dial)

    async def close(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].aclose()

    async def get(self, url: str, left_s: float, asking: Headers, cut_at: int | None = None) -> Fetched:
        """One exchange; Failed where no whole reply came. A body is read up to `cut_at` bytes where given, else it must fit."""
        if left_s <= 0:
            raise Failed("timeout")
        heard: list[int] = []
        try:
            target(url, self.ports)
            async with asyncio.timeout(left_s):
                return await self._exchange(url, asking, cut_at, heard.append)
        except Failed:
            raise
        except Exception as error:
            if (failed := _named(error, is_silent=not heard)) is None:
                raise
            raise failed from error

    async def _exchange(self, url: str, asking: Headers, cut_at: int | None, hear: Callable[[int], None]) -> Fetched:
        parsed = ada_url.URL(url)
        timeout_s = self.limits.timeout_s
        headers: Headers = {
            "Host": parsed.host,
            "User-Agent": self.user_agent,
            "Accept": "text/html,application/xhtml+xml,image/*;q=0.9,*/*;q=0.5",
            "Accept-Encoding": ACCEPTED,
            **asking,
        }
        extensions = {"timeout": {"connect": timeout_s, "read": timeout_s, "write": timeout_s, "pool": timeout_s}}
        async with self._pool(parsed.hostname) as pool, pool.stream("GET", url, headers=headers, extensions=extensions) as response:
            hear(response.status)
            names = join_headers(response.headers)
            reply = Fetched(url, url, response.status, *content_type(names.get("content-type", "")), names)
            if is_redirect(reply) or response.status == 304:
                return reply
            return replace(reply, body=await _read(response.aiter_stream(), names, self.limits.max_bytes, cut_at))

    @asynccontextmanager
    async def _pool(self, host: str) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        self._busy[host] += 1
        try:
            if host not in self._pools:
                self._pools[host] = httpcore.AsyncConnectionPool(
                    ssl_context=self.tls, max_connections=self.per_host, keepalive_expiry=30.0, network_backend=self._backend
                )
                await self._close_idle()
            self._pools.move_to_end(host)
            yield self._pools[host]
        finally:
            self._busy[host] -= 1
            if not self._busy[host]:
                del self._busy[host]

    async def _close_idle(self) -> None:
        if len(self._pools) > _MOST_POOLS and (idle := next((name for name in self._pools if name not in self._busy), None)):
            await self._pools.pop(idle).aclose()


async def _read(chunks: AsyncIterator[bytes], headers: dict[str, str], most: int, cut_at: int | None) -> bytes:
    """The decoded body; decompression stops at the limit, so that a bomb never unfolds."""
    decoder = decoder_of(headers.get("content-encoding", ""))
    length = headers.get("content-length", "")
    if cut_at is None and length.isdecimal() and int(length[:20]) > most:
        raise Failed("too_large")
    most = most if cut_at is None else cut_at
    body = bytearray()
    async for chunk in chunks:
        body += decoder.feed(chunk, most + 1 - len(body)) if decoder else chunk
        if len(body) > most:
            if cut_at is None:
                raise Failed("too_large")
            return bytes(body[:most])
    if decoder and not decoder.is_complete:
        raise Failed("bad_encoding")
    return bytes(body)


_NAMES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((BadEncoding,), "bad_encoding"),
    ((TimeoutError, httpcore.TimeoutException), "timeout"),
    ((socket.gaierror, UnicodeError), "dns"),
    ((httpcore.ReadError, httpcore.WriteError), "reset"),
    ((httpcore.ConnectError, OSError), "connect"),
    ((httpcore.ProtocolError,), "bad_response"),
)


def _named(error: Exception, is_silent: bool) -> Failed | None:
    """The failure of a request by its class; None for a bug of ours."""
    name = next((name for kinds, name in _NAMES if isinstance(error, kinds)), None)
    if isinstance(error, AddressDenied):
        name = "dns" if error.reason == "no_address" else "denied_address"
    elif isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        name = "dns_busy"
    elif name in ("reset", "connect") and _has_cause(error, ssl.SSLError):
        name = "tls"
    elif name == "bad_response" and ("disconnected" in str(error) or "closed connection" in str(error)):
        name = "reset"
    return Failed(name, is_silent and name not in ("denied_address", "bad_response")) if name else None


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    """httpcore wraps what the socket raised, at times twice."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def is_redirect(reply: Fetched) -> bool:
    return reply.status in _REDIRECTS and bool(reply.headers.get("location"))


def join_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case; repeated ones joined, as RFC 9110 5.3 allows. X-Robots-Tag stays line by line: each may name a robot."""
    joined: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        try:
            text = value.decode("utf-8")  # a Location may hold raw UTF-8
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        mark = "\n" if key == "x-robots-tag" else ", "
        joined[key] = f"{joined[key]}{mark}{text}" if key in joined else text
    return joined


def content_type(value: str) -> tuple[str | None, str | None]:
    media = value.split(";", maxsplit=1)[0].strip().lower()
    charset = _CHARSET.search(value)
    return media or None, charset[1] if charset else None
