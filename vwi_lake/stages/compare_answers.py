"""Which drafts of one question agree? math-verify first; a model is asked only where that leaves it open."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import same
from vwi_lake.qa.vote import joined, most_possible, relation_of
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.messages import consult, request_of
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
    """The comparer first; a model only where what it left open could make a majority."""
    known = {k: row[k] for k in STAGE.key}
    texts = [text or "" for text in row["short_answers"]]
    pairs = await asyncio.to_thread(relation_of, texts, same)
    found = joined(len(texts), pairs)
    if world.llm is None or max(map(len, found)) >= row["needed"] or most_possible(len(texts), pairs) < row["needed"]:
        return [AnswerComparison(**known, groups=_samples(found, row), compared_by="math_verify")]
    told = await consult(request(row, world), world)
    if told.error:
        return told.rows(AnswerComparison(**known, error=told.error))
    if sorted(n for g in told.value["groups"] for n in g) != list(range(len(texts))):
        return told.rows(AnswerComparison(**known, error="bad_reply_numbers"))
    groups = joined(len(texts), pairs, more=told.value["groups"])
    return told.rows(AnswerComparison(**known, groups=_samples(groups, row), compared_by="llm"))


def _samples(groups: list[list[int]], row: Row) -> list[list[int]]:
    named = [sorted(row["samples"][i] for i in members) for members in groups if members]
    return sorted(named, key=lambda g: (-len(g), g))


def request(row: Row, world: World) -> Request:
    slots = {"question": row["question"], "answers": dict(enumerate(row["answers"]))}
    return request_of("compare_answers", row, world, slots, [], schema=SCHEMA, max_tokens=500)


STAGE = Stage(
    name="compare_answers",
    question=__doc__ or "",
    records=(AnswerComparison, LlmCall),
    ask=ask,
    key=("qa_id", "drafts_hash"),
    in_flight=lambda world: world.settings.llm.in_flight,
)
