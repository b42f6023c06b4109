"""How quickly one endpoint may be asked: as the settings say, and as its 429s and x-ratelimit headers teach."""

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Callable, Mapping

_LONGEST_HOLD_S = 60.0  # longer waits are the caller's to refuse
_BURST_S = 1.0  # so much of a minute's allowance may be used at once
_NARROWER, _WIDER = 0.5, 0.25  # of the requests in flight: halved by a 429, widened by each answer
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


class Drip:
    """So many units a minute, evenly (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm)."""

    def __init__(self, per_minute: float | None) -> None:
        self.per_minute, self.next_at = per_minute, 0.0

    def take(self, units: float, now: float) -> float:
        """Seconds to wait before the units may be used."""
        if self.per_minute is None:
            return 0.0
        starts = max(now - _BURST_S, self.next_at)
        self.next_at = starts + units * 60.0 / self.per_minute
        return max(0.0, starts - now)


class Pace:
    """Enter before a request, leave after it; who must wait waits in line."""

    def __init__(
        self,
        in_flight: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most, self.width, self.open = in_flight, float(in_flight), 0
        self.requests, self.tokens = Drip(requests_per_minute), Drip(tokens_per_minute)
        self.clock, self.held_until = clock, 0.0
        self.line: deque[asyncio.Future[None]] = deque()

    async def enter(self, tokens: int) -> None:
        while self.open >= max(1, int(self.width)):
            turn = asyncio.get_running_loop().create_future()
            self.line.append(turn)
            try:
                await turn
            except BaseException:
                self._next()  # a turn that was given and cannot be used goes to the next in line
                raise
        self.open += 1
        try:
            await self._wait(tokens)
        except BaseException:
            self.leave()
            raise

    async def _wait(self, tokens: int) -> None:
        now = self.clock()
        wait_s = max(self.requests.take(1, now), self.tokens.take(tokens, now))
        if wait_s:
            await asyncio.sleep(wait_s)
        while (held_s := self.held_until - self.clock()) > 0:  # noqa: ASYNC110 - the time, not an event, is waited for
            await asyncio.sleep(held_s * random.uniform(1.0, 1.1))  # noqa: S311 - spreads those who waited, guards no secret

    def leave(self) -> None:
        self.open -= 1
        self._next()

    def _next(self) -> None:
        free = max(1, int(self.width)) - self.open
        while self.line and free > 0:
            turn = self.line.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def answered(self, headers: Mapping[str, str]) -> None:
        """An answer came: a little wider, and what it says of the allowance that is left is heeded."""
        self.width = min(float(self.most), self.width + _WIDER)
        if "x-ratelimit-remaining-requests" in headers or "x-ratelimit-remaining-tokens" in headers:
            self.hold(max(refill_s(headers, "requests", 1.0), refill_s(headers, "tokens", 1000.0)))

    def refused(self, wait_s: float) -> None:
        """A 429: nobody asks before `wait_s` is over, and then fewer at a time; those sent beside it count as the same one."""
        if self.held_until <= self.clock():
            self.width = max(1.0, self.width * _NARROWER)
        self.hold(wait_s)

    def hold(self, wait_s: float) -> None:
        if wait_s > 0:
            self.held_until = max(self.held_until, self.clock() + min(wait_s, _LONGEST_HOLD_S))


def refill_s(headers: Mapping[str, str], kind: str, wanted: float) -> float:
    """Seconds until `wanted` units are there again; `reset` names when all are, and they come back evenly."""
    remaining, limit = (_number(headers.get(f"x-ratelimit-{name}-{kind}")) for name in ("remaining", "limit"))
    reset_s = span_s(headers.get(f"x-ratelimit-reset-{kind}", ""))
    if remaining is None or reset_s is None or remaining >= wanted:
        return 0.0
    if limit is None or limit <= remaining:
        return reset_s
    return reset_s * min(1.0, (min(wanted, limit) - remaining) / (limit - remaining))


def span_s(text: str) -> float | None:
    """`6m0s`, `1.2s`, `20ms`, `7` as seconds."""
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text).strip():
        return None
    return sum(float(value) * _SECONDS[unit] for value, unit in parts)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
