"""What came of a request to a model: an answer, or the class of what went wrong; and which classes may pass."""

import json
from dataclasses import dataclass
from typing import Any

import orjson

# Tries beyond the first. Not after a time-out: what was accepted may be billed, and is asked again by the next run at the earliest.
RETRIES = {"rate_limited": 5, "server_error": 3, "connection": 3, "reset": 2, "invalid_body": 1}
PASSING = (*RETRIES, "timeout", "quota")  # asked again by the next run
POSSIBLY_PAID = ("timeout", "reset", "invalid_body", "endless")  # sent, and no whole reply came back
_MOST_TOKENS = 1 << 40
FATAL = ("auth", "unknown_model")  # each further request would fail alike


@dataclass(frozen=True)
class LlmReply:
    """`outcome`: ok, a class of PASSING or FATAL, or a final one: length, refusal, content_filter, empty_choices, empty_reply,
    invalid_json, wrong_schema, too_large, endless, bad_request; budget_reached where nothing was sent."""

    text: str | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    latency_s: float  # from the first attempt to the outcome
    attempts: int
    outcome: str
    possibly_paid: int = 0  # attempts without a whole reply: they may be on the bill
    form: str | None = None  # json_schema | json_object | plain: how a schema was asked for
    endpoint: str | None = None
    cost_usd: float | None = None  # by the price of its day; None: no price is known


@dataclass(frozen=True)
class Choice:
    outcome: str
    text: str | None


@dataclass(frozen=True)
class Completion:
    """A reply's body, as far as we use it."""

    choices: list[Choice]
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    usd: float | None = None  # by the price of its day; None: no price is known
    is_batched: bool = False


def read_completion(body: bytes) -> Completion | None:
    """None where the body is no JSON object with choices."""
    said = read_json(body)
    return completion_of(said) if isinstance(said, dict) else None


def read_json(body: bytes) -> Any:
    """None where it is none; NaN, lone surrogates and broken UTF-8 are no reason to pay again."""
    try:
        return orjson.loads(body)
    except ValueError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def completion_of(said: dict[str, Any]) -> Completion | None:
    """What is missing or of another type reads as absent."""
    if "choices" not in said:
        return None
    usage = _of(said, "usage", dict) or {}
    return Completion(
        choices=[_choice(c) for c in _of(said, "choices", list) or [] if isinstance(c, dict)],
        model=_text(said, "model"),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        cached_tokens=_count(_of(usage, "prompt_tokens_details", dict) or {}, "cached_tokens"),
    )


def _of(said: dict[str, Any], name: str, kind: type) -> Any:
    value = said.get(name)
    return value if isinstance(value, kind) else None


def _count(usage: dict[str, Any], name: str) -> int | None:
    """Counts that no call has (negative, true, 10^30) are as good as none: budgets are summed from them."""
    value = usage.get(name)
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def _text(said: dict[str, Any], name: str) -> str | None:
    """Halves of a surrogate pair that stand alone have no UTF-8: no table and no file could hold them."""
    value = _of(said, name, str)
    return value if value is None else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _choice(choice: dict[str, Any]) -> Choice:
    message = _of(choice, "message", dict)
    if message is None:
        return Choice("empty_choices", None)
    text, refusal = _text(message, "content") or _parts(message), _text(message, "refusal")
    finish = choice.get("finish_reason")
    if finish == "content_filter":
        return Choice("content_filter", text or refusal)
    if refusal:
        return Choice("refusal", text or refusal)
    if finish == "length":
        return Choice("length", text)
    return Choice("ok", text) if text and text.strip() else Choice("empty_reply", None)


def _parts(message: dict[str, Any]) -> str | None:
    """Some servers hand out the text in parts."""
    parts = [part for part in _of(message, "content", list) or [] if isinstance(part, dict)]
    return "".join(_text(part, "text") or "" for part in parts) or None
