"""Whose turn it is: one request a host at a time, a pause after it, and hosts that are left alone for a while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

import ada_url

_MOST_HOSTS = 4_096  # remembered; one that is forgotten has been idle, and is asked its rules anew


@dataclass
class Host:
    """Times are of the monotonic clock."""

    places: asyncio.Semaphore
    delay_s: float
    reading_rules: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0
    silences: int = 0  # requests in a row that got no reply
    refusals: int = 0  # URLs in a row that ended in 429 or 503
    closed_until: float = 0.0
    closed_as: str = ""  # error class of what is not asked meanwhile: host_down | deferred

    def wait(self, seconds: float) -> None:
        self.free_at = max(self.free_at, time.monotonic() + seconds)

    def close(self, error: str, seconds: float) -> None:
        self.closed_as, self.closed_until = error, time.monotonic() + seconds

    @property
    def is_closed(self) -> bool:
        return time.monotonic() < self.closed_until

    def opens_at(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=max(0.0, self.closed_until - time.monotonic()))


@dataclass
class Hosts:
    """`in_flight` counts requests on the wire over all hosts; who waits for a turn takes no place."""

    seconds_between: float
    per_host: int = 1
    in_flight: int = 256
    _known: OrderedDict[str, Host] = field(default_factory=OrderedDict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._wire = asyncio.Semaphore(self.in_flight)

    @asynccontextmanager
    async def of(self, url: str) -> AsyncIterator[Host]:
        """The host of a URL, remembered at least while it is used."""
        name = ada_url.URL(url).hostname
        host = self._known.get(name)
        if host is None:
            host = self._known[name] = Host(asyncio.Semaphore(self.per_host), self.seconds_between)
            self._forget()
        self._known.move_to_end(name)
        host.users += 1
        try:
            yield host
        finally:
            host.users -= 1

    @asynccontextmanager
    async def turn(self, host: Host) -> AsyncIterator[None]:
        """A request at a time and the host's delay after it; with several places a host, the delay is between their starts."""
        async with host.places:
            await self._until_free(host)
            if self.per_host > 1:  # taken at once, before anybody else who waited for the same moment
                host.free_at = time.monotonic() + host.delay_s
            async with self._wire:
                try:
                    yield
                finally:
                    if self.per_host == 1:
                        host.free_at = time.monotonic() + host.delay_s

    async def _until_free(self, host: Host) -> None:
        """Waits again where another place of the host took its turn meanwhile."""
        while (left_s := host.free_at - time.monotonic()) > 0:  # noqa: ASYNC110 - a clock, no event
            await asyncio.sleep(left_s)

    def _forget(self) -> None:
        """The host longest unused, if there are too many and nothing is to be remembered of it."""
        if len(self._known) <= _MOST_HOSTS:
            return
        now = time.monotonic()
        for name, host in list(islice(self._known.items(), 64)):
            if not host.users and host.free_at < now and host.closed_until < now:
                del self._known[name]
                return
