"""One server with one key: a single attempt at a request, its failure told by class."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai

from vwi_lake.providers.llm_ladder import Form
from vwi_lake.providers.llm_limits import Pace
from vwi_lake.providers.llm_reply import Completion, read_completion
from vwi_lake.providers.retries import retry_after_s

_LARGEST_BODY = 8 << 20  # bytes; an endless reply ends here
_UNKNOWN_MODEL = ("model_not_found", "model_not_available", "invalid_model")
_NOT_MADE = ("ClientConnectorError", "ClientConnectorDNSError")  # aiohttp's
_FILTERED = ("content_filter", "content_policy_violation")
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


@dataclass(frozen=True)
class Attempt:
    outcome: str  # ok: a body came; what each of its choices is worth is told there
    completion: Completion | None = None
    wait_s: float | None = None  # as the server asked
    message: str = ""
    code: str | None = None


Heard = Callable[[Completion], Completion]


@dataclass
class Endpoint:
    client: openai.AsyncOpenAI
    pace: Pace
    timeout_s: float
    share: float = 1.0
    sent: int = 0
    is_spent: bool = False  # its quota is used up
    forms: dict[str, Form] = field(default_factory=dict)  # by model

    @property
    def name(self) -> str:
        url = self.client.base_url
        return f"{url.host}:{url.port}" if url.port else str(url.host)

    def form(self, model: str) -> Form:
        return self.forms.get(model, Form())

    async def attempt(self, request: dict[str, Any], tokens: int, heard: Heard = lambda said: said) -> Attempt:
        """Wait for a turn, ask once, and let the pace learn from what came; `heard` has a completion before anybody else."""
        await self.pace.enter(tokens)
        self.sent += 1
        try:
            attempt = await self._ask(request, heard)
        finally:
            self.pace.leave()
        return attempt

    async def _ask(self, request: dict[str, Any], heard: Heard) -> Attempt:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._body(request, heard)
        except TimeoutError:
            return Attempt("timeout")
        except openai.APIConnectionError as error:  # time-outs too
            return Attempt(failure_of(error))
        except openai.APIStatusError as error:
            return self._refusal(error)
        except (httpx2.HTTPError, httpx2.StreamError):
            return Attempt("reset")

    async def _body(self, request: dict[str, Any], heard: Heard) -> Attempt:
        """Read by our own hand: no longer than what an answer can be, and whatever is wrong inside it stays a value."""
        async with self.client.chat.completions.with_streaming_response.create(**request) as response:
            body = await _capped(response.iter_bytes())
            if body is None:
                return Attempt("endless")
            completion = read_completion(body)
            if completion:
                completion = heard(completion)  # before anything is waited for
            headers = response.headers
        self.pace.answered(headers)
        return Attempt("ok", completion) if completion else Attempt("invalid_body")

    def _refusal(self, error: openai.APIStatusError) -> Attempt:
        wait_s = _wait_s(error.response.headers)
        outcome = status_outcome(error.status_code, error.code)
        if outcome == "rate_limited":
            self.pace.refused(wait_s or 0.0)
        return Attempt(outcome, wait_s=wait_s, message=str(error.message), code=error.code)


def failure_of(error: BaseException) -> str:
    """`connection`: none was made, so nothing is on the bill. Told by the first cause, since aiohttp's reset reads as a time-out."""
    chain = [error]
    while following := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(following)
    if any(isinstance(e, ConnectionRefusedError | socket.gaierror | ssl.SSLError) or type(e).__name__ in _NOT_MADE for e in chain):
        return "connection"
    if any(isinstance(e, ConnectionResetError | BrokenPipeError) for e in chain) or not isinstance(error, openai.APITimeoutError):
        return "reset"
    return "connection" if isinstance(chain[-1] if len(chain) == 1 else chain[1], httpx2.ConnectTimeout | httpx2.PoolTimeout) else "timeout"


def status_outcome(status: int, code: str | None) -> str:
    if status in (401, 403):
        return "auth"
    if code in _NO_MONEY or status == 402:
        return "quota"
    if status == 404 or code in _UNKNOWN_MODEL:
        return "unknown_model"
    if code in _FILTERED:
        return "content_filter"
    by_status = {408: "timeout", 409: "server_error", 413: "too_large", 429: "rate_limited"}
    return by_status.get(status, "server_error" if status >= 500 else "bad_request")


def _wait_s(headers: Mapping[str, str]) -> float | None:
    if (milliseconds := headers.get("retry-after-ms", "")).isdecimal():
        return float(milliseconds[:12]) / 1000
    return retry_after_s(headers.get("retry-after", ""), datetime.now(UTC))


async def _capped(chunks: AsyncIterator[bytes]) -> bytes | None:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > _LARGEST_BODY:
            return None
    return bytes(body)
