"""Any endpoint that speaks the OpenAI chat protocol. Failures are values; each attempt is ours to count, none is hidden."""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from vwi_lake.providers.http import retry_after_s

_MOST_ATTEMPTS = 4
_LONGEST_WAIT_S = 60.0  # a Retry-After beyond this is left to a later run
_RETRIED = ("rate_limited", "server_error", "connection")  # not a timeout: what ran may be billed


@dataclass(frozen=True)
class LlmReply:
    """`outcome`: ok | truncated | refused | empty | rate_limited | server_error | timeout | connection | bad_request | auth."""

    text: str | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    latency_s: float  # from the first attempt to the outcome
    attempts: int
    outcome: str


@dataclass(frozen=True)
class _Attempt:
    outcome: str
    completion: ChatCompletion | None = None
    wait_s: float | None = None  # as the server asked
    message: str = ""
    is_final: bool = False


class OpenAiLlm:
    """At most `concurrency` requests are under way at a time."""

    def __init__(self, base_url: str | None, api_key: str, timeout_s: float, concurrency: int, backoff_s: float = 1.0) -> None:
        self._client = openai.AsyncOpenAI(base_url=base_url, api_key=api_key, timeout=timeout_s, max_retries=0)
        self._slots = asyncio.Semaphore(concurrency)
        self._backoff_s = backoff_s
        self._refused: dict[str, frozenset[str]] = {}  # per model: parameters that its server does not take

    def __repr__(self) -> str:
        return f"OpenAiLlm({str(self._client.base_url)!r})"

    async def close(self) -> None:
        await self._client.close()

    async def complete(
        self, model: str, messages: list[dict[str, Any]], schema: dict[str, Any] | None, max_tokens: int, temperature: float
    ) -> LlmReply:
        """Ask until there is an answer, four attempts at most; what a server refuses to read is left out of the next."""
        request = {"model": model, "messages": messages, "max_tokens": max_tokens, "temperature": temperature}
        if schema is not None:
            request["response_format"] = _response_format(schema)
        refused = self._refused.get(model, frozenset())
        started = time.monotonic()
        for attempts in range(1, _MOST_ATTEMPTS + 1):
            attempt = await self._attempt(_without(request, refused))
            if attempt.outcome == "bad_request" and (name := _refused_parameter(attempt.message, set(request) - refused)):
                refused |= {name}
                continue
            wait_s = self._wait_s(attempt, attempts)
            if attempt.is_final or attempt.outcome not in _RETRIED or wait_s > _LONGEST_WAIT_S or attempts == _MOST_ATTEMPTS:
                break
            await asyncio.sleep(wait_s)
        if attempt.completion:
            self._refused[model] = refused
        reply = _reply(attempt, model)
        return replace(reply, latency_s=time.monotonic() - started, attempts=attempts)

    def _wait_s(self, attempt: _Attempt, attempts: int) -> float:
        """What the server asked for, and never less than a backoff with jitter."""
        backoff_s = self._backoff_s * 2 ** (attempts - 1) * random.uniform(1.0, 1.5)  # noqa: S311 - spreads retries, guards no secret
        return max(backoff_s, attempt.wait_s or 0.0)

    async def _attempt(self, request: dict[str, Any]) -> _Attempt:
        try:
            async with self._slots:
                completion = await self._client.chat.completions.create(**request)
        except openai.APITimeoutError:
            return _Attempt("timeout")
        except openai.APIConnectionError:
            return _Attempt("connection")
        except openai.APIStatusError as error:
            return _refusal(error)
        except (openai.APIResponseValidationError, ValueError):  # 200 with a body that is no JSON
            return _Attempt("server_error")
        if not isinstance(completion, ChatCompletion):
            return _Attempt("server_error")
        return _Attempt(_outcome(completion), completion)


def _refusal(error: openai.APIStatusError) -> _Attempt:
    status = error.status_code
    if status in (401, 403):
        return _Attempt("auth")
    if status == 408:
        return _Attempt("timeout")
    wait_s = retry_after_s(error.response.headers.get("retry-after", ""), datetime.now(UTC))
    if status == 429:
        return _Attempt("rate_limited", wait_s=wait_s, is_final=error.code == "insufficient_quota")
    if status >= 500 or status == 409:
        return _Attempt("server_error", wait_s=wait_s)
    return _Attempt("bad_request", message=str(error.message) if status == 400 else "", is_final=status != 400)


def _refused_parameter(message: str, sent: set[str]) -> str | None:
    """Which parameter to leave out after a 400; response_format where the server names none, as many name none."""
    for name in ("max_tokens", "temperature"):
        if name in sent and f"'{name}'" in message:
            return name
    return "response_format" if "response_format" in sent and message else None


def _without(request: dict[str, Any], refused: frozenset[str]) -> dict[str, Any]:
    kept = {name: value for name, value in request.items() if name not in refused}
    if "max_tokens" in refused:  # reasoning models know it by its newer name only
        kept["max_completion_tokens"] = request["max_tokens"]
    return kept


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": _is_strict(schema)}}


def _is_strict(schema: Any) -> bool:
    """Strict mode wants every object closed and every property required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if "properties" in schema and (
        schema.get("additionalProperties") is not False or set(schema["properties"]) - set(schema.get("required", []))
    ):
        return False
    return all(map(_is_strict, schema.values()))


def _outcome(completion: ChatCompletion) -> str:
    if not completion.choices or completion.choices[0].message is None:
        return "empty"
    choice = completion.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return "refused"
    if choice.finish_reason == "length":
        return "truncated"
    return "ok" if (choice.message.content or "").strip() else "empty"


def _reply(attempt: _Attempt, model: str) -> LlmReply:
    completion = attempt.completion
    if completion is None:
        return LlmReply(None, model, None, None, None, 0.0, 0, attempt.outcome)
    usage = completion.usage
    details = usage.prompt_tokens_details if usage else None
    message = completion.choices[0].message if completion.choices else None
    return LlmReply(
        text=(message.content or message.refusal) if message else None,
        model=completion.model or model,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        cached_tokens=details.cached_tokens if details else None,
        latency_s=0.0,
        attempts=0,
        outcome=attempt.outcome,
    )
