"""The live web, asked politely: robots.txt, one request a host at a time, only public addresses, bounded replies."""

import asyncio
import re
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

import ada_url

from vwi_lake import __version__
from vwi_lake.errors import VwiError
from vwi_lake.providers import Fetched, Known
from vwi_lake.providers.http_exchange import Dial, Exchanges, Failed, Headers, Limits, Resolve, dial_tcp, is_redirect, system_resolve
from vwi_lake.providers.http_hosts import Host, Hosts
from vwi_lake.providers.retries import BUSY, TRIES, pause_s, retry_after_s
from vwi_lake.providers.site_files import MOST_BYTES, Rules, SiteFile, SiteFiles, rules_of
from vwi_lake.web import robots
from vwi_lake.web.addresses import DEFAULT_PORTS
from vwi_lake.web.robots import AGENT
from vwi_lake.web.urls import canonical

__all__ = ["AGENT", "Dial", "HttpFetcher", "Limits", "Resolve", "dial_tcp", "retry_after_s", "system_resolve"]

_CONTACT = re.compile(r"https?://[^\s()]+\.[^\s()]+|(?:mailto:)?[^\s()@/:]+@[^\s()@/]+\.[^\s()@/]+")
_LONGEST_CRAWL_DELAY_S = 30.0
_LONGEST_DEFERRAL_S = 7 * 24 * 3600.0
_FAILED_TTL_S = 300.0  # how long a failure to read robots.txt is believed
_OF_THE_HOST = ("dns", "dns_busy", "connect", "tls", "denied_address", "host_down", "deferred")
_NO_CONTENT = (".js", ".mjs", ".css", ".json", ".woff", ".woff2", ".wasm")  # what a page in a browser asks for beside
_RESERVABLE = ("text/html", "application/xhtml+xml", "image/")


@dataclass
class _Trip:
    """One fetch under way."""

    at: str
    left_s: float  # on the wire
    via: list[str] = field(default_factory=list)
    robots: str | None = None
    robots_source: str | None = None
    retry_at: datetime | None = None
    status: int | None = None  # of the last reply


@dataclass
class HttpFetcher:
    """A Fetcher of the live web. `contact` tells site owners who asks. `resolve` and `dial` are seams for tests."""

    contact: str  # a URL or mail address
    seconds_between: float = 1.0  # two requests to a host; its own crawl-delay counts up to 30 s
    limits: Limits = field(default_factory=Limits)
    resolve: Resolve = system_resolve
    dial: Dial = dial_tcp
    tls: ssl.SSLContext | None = None
    in_flight: int = 256  # requests on the wire, over all hosts
    per_host: int = 1  # of them to one host
    ports: Collection[int] = DEFAULT_PORTS
    reads_tdmrep: bool = True  # ask each site for its /.well-known/tdmrep.json
    files: SiteFiles = field(default_factory=SiteFiles)

    def __post_init__(self) -> None:
        if not _CONTACT.fullmatch(self.contact or ""):
            raise VwiError(
                f"Live fetching needs a contact that site owners can turn to, and {self.contact!r} is none: "
                "set fetch.contact to a page of yours (https://…) or a mail address"
            )
        self._exchanges = Exchanges(self.user_agent, self.limits, self.per_host, self.ports, self.resolve, self.dial)
        if self.tls is not None:
            self._exchanges.tls = self.tls
        self._hosts = Hosts(self.seconds_between, self.per_host, self.in_flight)

    @property
    def user_agent(self) -> str:
        return f"{AGENT}/{__version__} (+{self.contact})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._exchanges.close()
        self.files.close()

    async def fetch(self, url: str, known: Known | None = None) -> Fetched:
        """One page with its redirects; every failure is a Fetched with an error class. A page as `known` comes as a bare 304."""
        try:
            trip = _Trip(canonical(url), self.limits.deadline_s)
        except ValueError:
            return Fetched(url, url, error="bad_url")
        try:
            reply = await self._follow(trip, known)
            reply = replace(reply, opt_out=await self._reserved(reply, trip))
        except Failed as failed:
            reply = Fetched(url, trip.at, trip.status, error=failed.error, retry_at=trip.retry_at)
        return replace(reply, url=url, via=tuple(trip.via), robots=trip.robots, robots_source=trip.robots_source)

    async def _follow(self, trip: _Trip, known: Known | None) -> Fetched:
        while True:
            await self._obey_robots(trip)
            if not trip.via and not trip.at.partition("?")[0].endswith(_NO_CONTENT):
                await self._tdmrep(trip)  # before the page, so that its answer is a row as soon as it has come
            reply = await self._ask(trip, trip.at, _conditions(known) if known and known.url == trip.at else {})
            if not is_redirect(reply):
                return reply
            if len(trip.via) >= self.limits.max_redirects:
                raise Failed("too_many_redirects")
            trip.via.append(trip.at)
            trip.at = _next_hop(reply)

    # -- what sites say of robots ------------------------------------------------------------------------------------

    async def _obey_robots(self, trip: _Trip) -> None:
        rules = await self._rules(trip)
        trip.robots_source = rules.source
        trip.robots = "unreachable" if rules.is_unreachable else "allowed" if rules.allows(trip.at, AGENT) else "denied"
        async with self._hosts.of(trip.at) as host:
            host.delay_s = max(self.seconds_between, min(rules.delay_s(AGENT), _LONGEST_CRAWL_DELAY_S))
        if trip.robots != "allowed":
            raise Failed("robots" if trip.robots == "denied" else "robots_unreachable")

    async def _rules(self, trip: _Trip) -> Rules:
        """Parsed off the loop: a large file takes seconds."""
        url = f"{ada_url.URL(trip.at).origin}/robots.txt"
        async with self._hosts.of(url) as host, host.reading_rules:
            if (rules := self.files.ready(url)) is None:
                file = await self._site_file(url, trip)
                rules = await asyncio.to_thread(rules_of, url, file) if file.body else rules_of(url, file)
                self.files.keep_ready(url, rules, len(file.body))
        return rules

    async def _site_file(self, url: str, trip: _Trip) -> SiteFile:
        """As kept, or asked now. Failed where the host cannot be reached: then so can none of its pages."""
        if (file := self.files.get(url)) is None:
            try:
                file = await self._read_site_file(url, trip)
            except Failed as failed:
                if failed.error in _OF_THE_HOST:
                    raise
                file = SiteFile(None, error=failed.error)
            self.files.put(url, file, _FAILED_TTL_S if file.is_unreachable else self.limits.robots_ttl_s)
        return file

    async def _read_site_file(self, url: str, trip: _Trip) -> SiteFile:
        for _ in range(6):  # RFC 9309 2.3.1.2: at least five redirects
            reply = await self._ask(trip, url, {}, cut_at=MOST_BYTES)
            if not is_redirect(reply):
                return SiteFile(reply.status, reply.body or b"" if reply.status == 200 else b"")
            url = _next_hop(reply)
        return SiteFile(404)  # 2.3.1.2 again: beyond that it counts as unavailable

    async def _reserved(self, reply: Fetched, trip: _Trip) -> str | None:
        """What tdmrep.json says, which a header of the page outranks (TDMRep, section 5)."""
        is_content = reply.status == 200 and (reply.content_type or "text/html").startswith(_RESERVABLE)
        if not is_content or "tdm-reservation" in reply.headers:
            return None
        file = await self._tdmrep(trip)
        return "tdm-reservation" if file.body and robots.reserved(file.body, trip.at) else None

    async def _tdmrep(self, trip: _Trip) -> SiteFile:
        if not self.reads_tdmrep:
            return SiteFile(404)
        url = f"{ada_url.URL(trip.at).origin}/.well-known/tdmrep.json"
        async with self._hosts.of(url) as host, host.reading_rules:
            try:
                return await self._site_file(url, trip)
            except Failed as failed:
                return SiteFile(None, error=failed.error)

    # -- asking ------------------------------------------------------------------------------------------------------

    async def _ask(self, trip: _Trip, url: str, asking: Headers, cut_at: int | None = None) -> Fetched:
        """One URL, tried again where that may help; a host that stays silent or busy is left alone for a while."""
        async with self._hosts.of(url) as host:
            for attempt in range(self.limits.retries + 1):
                outcome = await self._try(trip, host, url, asking, cut_at)
                wait_s = self._wait_before_retry(outcome, attempt)
                if wait_s is None or host.is_closed:
                    break
                host.wait(wait_s)
            if cut_at is None and isinstance(outcome, Fetched):  # a page, not what the site says for all of them
                trip.status = outcome.status
            return self._judge(trip, host, outcome)

    async def _try(self, trip: _Trip, host: Host, url: str, asking: Headers, cut_at: int | None) -> Fetched | Failed:
        async with self._hosts.turn(host):
            if host.is_closed:
                return Failed(host.closed_as)
            started = time.monotonic()
            try:
                reply = await self._exchanges.get(url, trip.left_s, asking, cut_at)
            except Failed as failed:
                host.silences = host.silences + 1 if failed.is_silent else 0
                if host.silences >= self.limits.silences:
                    host.close("host_down", self.limits.leave_alone_s)
                return failed
            finally:
                trip.left_s -= time.monotonic() - started
            host.silences = 0
            return reply

    def _wait_before_retry(self, outcome: Fetched | Failed, attempt: int) -> float | None:
        """Seconds to wait, or None where another try is pointless or too far off."""
        if isinstance(outcome, Failed) and outcome.error == "timeout" and not outcome.is_silent:
            return None  # it does answer, only too slowly
        tries = TRIES.get(outcome.error if isinstance(outcome, Failed) else outcome.status or 0, 0)
        if attempt >= min(tries, self.limits.retries):
            return None
        wait_s = max(pause_s(attempt, self.limits.first_pause_s), _asked_to_wait(outcome))
        return wait_s if wait_s <= self.limits.longest_wait_s else None

    def _judge(self, trip: _Trip, host: Host, outcome: Fetched | Failed) -> Fetched:
        if isinstance(outcome, Failed):
            if outcome.error == "deferred":
                trip.retry_at = host.opens_at()
            raise outcome
        if outcome.status not in BUSY:
            host.refusals = 0
            return outcome
        host.refusals += 1
        asked_s = _asked_to_wait(outcome)
        if asked_s > self.limits.longest_wait_s:
            host.close("deferred", min(asked_s, _LONGEST_DEFERRAL_S))
            trip.retry_at = host.opens_at()
            raise Failed("deferred")
        if host.refusals >= self.limits.refusals:
            host.refusals = 0
            host.close("deferred", self.limits.leave_alone_s)
        return outcome


def _conditions(known: Known) -> Headers:
    """RFC 9110 13.1: unless it changed."""
    wanted = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in wanted.items() if value and value.isascii() and value.isprintable()}


def _next_hop(reply: Fetched) -> str:
    try:
        return canonical(reply.headers["location"], reply.final_url)
    except ValueError as error:
        raise Failed("bad_redirect") from error


def _asked_to_wait(outcome: Fetched | Failed) -> float:
    if isinstance(outcome, Failed) or outcome.status not in BUSY:
        return 0.0
    return retry_after_s(outcome.headers.get("retry-after", ""), datetime.now(UTC)) or 0.0
