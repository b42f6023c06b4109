"""How a reply of a given shape is asked for: by schema where the server has that, else as a JSON object, else in words."""

import json
from dataclasses import dataclass, replace
from typing import Any

from vwi_lake.qa.replies import BadReply, read_reply

RUNGS = ("json_schema", "json_object", "plain")
_FINAL_CODES = ("context_length_exceeded", "string_above_max_length", "invalid_image_url", "invalid_image")  # no other form helps
_REASONS = {"schema": "wrong_schema", "empty": "empty_reply"}

Messages = list[dict[str, Any]]


@dataclass(frozen=True)
class Form:
    """What one model of one endpoint takes; remembered once a request in that form was answered."""

    rung: str = RUNGS[0]
    refused: frozenset[str] = frozenset()  # parameters

    def without(self, message: str, code: str | None, sent: set[str]) -> "Form | None":
        """The form to try after a 400: less the parameter it names, or one rung down, as many servers name none."""
        for name in ("max_tokens", "temperature", "seed", "n"):
            if name in sent - self.refused and f"'{name}'" in message:
                return replace(self, refused=self.refused | {name})
        return self.lower() if "response_format" in sent and message and code not in _FINAL_CODES else None

    def lower(self) -> "Form | None":
        below = RUNGS[RUNGS.index(self.rung) + 1 :]
        return replace(self, rung=below[0]) if below else None


def written(request: dict[str, Any], schema: dict[str, Any] | None, form: Form) -> dict[str, Any]:
    """The request as a server of this form takes it."""
    kept = {name: value for name, value in request.items() if name not in form.refused}
    if "max_tokens" in form.refused:  # reasoning models know it by its newer name only
        kept["max_completion_tokens"] = request["max_tokens"]
    if schema is None:
        return kept
    if form.rung == "json_schema":
        return kept | {"response_format": _response_format(schema)}
    kept["messages"] = _with_words(request["messages"], in_words(schema))
    return kept | ({"response_format": {"type": "json_object"}} if form.rung == "json_object" else {})


def _with_words(messages: Messages, words: str) -> Messages:
    """In the last message, since some servers want turns to alternate."""
    last = messages[-1]
    content = last["content"]
    longer = f"{content}\n\n{words}" if isinstance(content, str) else [*content, {"type": "text", "text": words}]
    return [*messages[:-1], last | {"content": longer}]


def in_words(schema: dict[str, Any]) -> str:
    return f"Reply with one JSON value that fits this JSON Schema, and with nothing else:\n{json.dumps(schema)}"


def fault_of(text: str, schema: dict[str, Any]) -> str | None:
    """wrong_schema, invalid_json or empty_reply; None where the reply fits."""
    try:
        read_reply(text, schema)
    except BadReply as error:
        return _REASONS.get(error.reason, "invalid_json")
    return None


def repaired(messages: Messages, text: str, fault: str, schema: dict[str, Any]) -> Messages:
    """One more turn: the reply that does not fit, and what was wanted."""
    words = {"wrong_schema": "That JSON has another shape than was asked for.", "invalid_json": "That is no valid JSON."}
    said = f"{words.get(fault, 'That reply is empty.')} {in_words(schema)}"
    return [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": said}]


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    sent = _null_for_absent(schema)
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": sent, "strict": _is_strict(sent)}}


def _null_for_absent(schema: dict[str, Any]) -> dict[str, Any]:
    """Strict mode has no optional properties: those that may be null are asked for. Replies are read without them, too."""
    nullable = [name for name, told in schema.get("properties", {}).items() if "null" in told.get("type", ())]
    missing = [name for name in nullable if name not in schema.get("required", [])]
    return {**schema, "required": [*schema.get("required", []), *missing]} if missing else schema


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
