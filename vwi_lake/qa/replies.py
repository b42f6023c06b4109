"""What a model replied, read as JSON of an agreed shape or refused with a reason."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

_DEEPEST = 200  # levels of nesting; the standard library recurses and gives up near 1,000
_FENCE = re.compile(r"```[ \t]*(?:json[c5]?)?[ \t]*\r?\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_OPENINGS = re.compile(r"[{\[]")
# One that does not end runs to the end of the text, so that no quote in it is tried again: replies of bare `"\` took minutes.
_STRING = re.compile(r'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)', re.DOTALL)
_TOKEN = re.compile(_STRING.pattern + r"|[\[\]{}]", re.DOTALL)
_STARTS_JSON = re.compile(r'\{\s*"|\[\s*[\[{"]')
_MOST_STARTS = 50  # places in the prose where JSON may begin


class BadReply(ValueError):  # noqa: N818 - the stages say "a bad reply"
    """`reason` is a short snake_case word: empty, not_json, truncated, too_deep or schema."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def parse_json(text: str) -> object:
    """RFC 8259 and nothing more: no NaN, no BOM, no lone surrogates in raw text; ValueError otherwise."""
    if _depth(text) > _DEEPEST:
        raise BadReply("too_deep", f"more than {_DEEPEST} levels")
    return json.loads(text, parse_constant=_refuse_constant, parse_int=_integer)


def read_reply(text: str, schema: dict[str, Any]) -> object:
    """The first JSON in the reply that fits the schema, bare, fenced or amid prose; BadReply where there is none."""
    if not text.strip():
        raise BadReply("empty")
    problem = BadReply("not_json", f"{len(text)} characters")
    for candidate in _candidates(text):
        try:
            value = parse_json(candidate)
        except BadReply as error:
            problem = error
        except ValueError:
            continue
        else:
            misfit = _misfit(value, schema)
            if misfit is None:
                return value
            problem = BadReply("schema", misfit)
    raise problem


def _candidates(text: str) -> Iterator[str]:
    """The whole reply, its fenced blocks, then each bracketed stretch; never a fragment of a stretch that broke off."""
    yield text.strip()
    yield from (block.strip() for block in _FENCE.findall(text))
    at = 0
    for _ in range(_MOST_STARTS):
        opening = _OPENINGS.search(text, at)
        if not opening:
            return
        end = _closing(text, opening.start())
        if end is None and _STARTS_JSON.match(text, opening.start()):
            raise BadReply("truncated", f"{len(text)} characters")
        if end is not None:
            yield text[opening.start() : end]
        at = end or opening.end()


def _closing(text: str, start: int) -> int | None:
    """Where the bracket at `start` is closed, strings left aside."""
    level = 0
    for token in _TOKEN.finditer(text, start):
        level += (token[0] in "[{") - (token[0] in "]}")
        if level == 0:
            return token.end()
    return None


def _misfit(value: object, schema: dict[str, Any]) -> str | None:
    """Where and why the value does not fit, without quoting the reply."""
    error = next(_validator(json.dumps(schema, sort_keys=True)).iter_errors(value), None)
    return None if error is None else f"{error.json_path} fails {error.validator}"


@lru_cache(maxsize=64)
def _validator(schema: str) -> Validator:
    """Raises SchemaError, a bug of ours, where the schema itself is none."""
    parsed = json.loads(schema)
    kind = validator_for(parsed)
    kind.check_schema(parsed)
    return kind(parsed)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    """Python refuses to read integers beyond 4,300 digits; JSON does not limit them."""
    return int(digits) if len(digits) < 4000 else float(digits)


def _depth(text: str) -> int:
    """Levels of brackets outside strings; an upper bound where the text is no JSON."""
    deepest = level = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest
