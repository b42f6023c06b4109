"""Which drafts of one question agree? math-verify first; a model is asked only where that leaves it open."""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import group
from vwi_lake.qa.replies import BadReply, read_reply
from vwi_lake.stage import Row, Stage
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerComparison(Record):
    """bronze.answer_comparisons: one row per pair and set of drafts. `groups` holds sample numbers, largest group first."""

    TABLE: ClassVar[str] = "answer_comparisons"

    qa_id: str
    drafts_hash: str  # of the drafts compared: new drafts are compared anew
    groups: list[list[int]] | None = None
    compared_by: str | None = None  # math_verify | llm
    error: str | None = None


SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["groups"],
    "properties": {"groups": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}},
}


async def ask(row: Row, world: World) -> list[Record]:
    """Group the drafts; the model's grouping counts only where it names every draft just once."""
    known = {k: row[k] for k in STAGE.key}
    found = await asyncio.to_thread(group, [a or "" for a in row["short_answers"]])
    if world.llm is None or max(map(len, found)) * 2 > len(row["samples"]):
        return [AnswerComparison(**known, groups=_samples(found, row), compared_by="math_verify")]
    call = await world.llm.call(request(row, world))
    if call.outcome != "ok":
        return [AnswerComparison(**known, error=call.outcome), call]
    try:
        reply: Any = read_reply(call.reply or "", SCHEMA)
    except BadReply as error:
        return [AnswerComparison(**known, error=f"bad_reply_{error.reason}"), call]
    if sorted(n for g in reply["groups"] for n in g) != list(range(len(row["samples"]))):
        return [AnswerComparison(**known, error="bad_reply_numbers"), call]
    return [AnswerComparison(**known, groups=_samples(reply["groups"], row), compared_by="llm"), call]


def _samples(groups: list[list[int]], row: Row) -> list[list[int]]:
    named = [sorted(row["samples"][i] for i in members) for members in groups if members]
    return sorted(named, key=lambda g: (-len(g), g))


def request(row: Row, world: World) -> Request:
    asked = prompt("compare_answers")
    text = asked.fill(question=row["question"], answers=dict(enumerate(row["answers"])))
    model = world.settings.llm.model_of("compare_answers")
    return Request("compare_answers", row["qa_id"], model, asked.hash, [{"role": "user", "content": text}], SCHEMA, max_tokens=500)


STAGE = Stage(
    name="compare_answers",
    question=__doc__ or "",
    records=(AnswerComparison, LlmCall),
    ask=ask,
    key=("qa_id", "drafts_hash"),
    in_flight=lambda world: world.settings.llm.in_flight,
)
