"""Does the answer most drafts agree on say the same as the page's own solution?"""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import same, short_answer
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.messages import consult, request_of
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerAlignment(Record):
    """bronze.answer_alignments: one row per pair and answer aligned."""

    TABLE: ClassVar[str] = "answer_alignments"

    qa_id: str
    answer_hash: str  # of the drafted answer: another majority is aligned anew
    verdict: str | None = None  # aligned | different | undecided
    why: str | None = None
    aligned_by: str | None = None  # math_verify | llm
    error: str | None = None


SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict", "why"],
    "properties": {"verdict": {"enum": ["aligned", "different", "undecided"]}, "why": {"type": "string"}},
}


async def ask(row: Row, world: World) -> list[Record]:
    """The comparer settles what it finds equal; the model is asked about the rest, but for answers that lost their vote."""
    known = {k: row[k] for k in STAGE.key}
    stated = short_answer(row["solution"])
    equal = await asyncio.to_thread(same, stated, row["short_answer"]) if stated and row["short_answer"] else None
    if equal or world.llm is None or not row["is_kept"]:
        verdict = {True: "aligned", False: "different", None: "undecided"}[equal]
        return [AnswerAlignment(**known, verdict=verdict, aligned_by="math_verify")]
    told = await consult(request(row, world), world)
    if told.error:
        return told.rows(AnswerAlignment(**known, error=told.error))
    return told.rows(AnswerAlignment(**known, verdict=told.value["verdict"], why=told.value["why"], aligned_by="llm"))


def request(row: Row, world: World) -> Request:
    slots = {name: row[name] for name in ("question", "solution", "answer")}
    return request_of("align_answers", row, world, slots, [], schema=SCHEMA, max_tokens=500)


STAGE = Stage(
    name="align_answers",
    question=__doc__ or "",
    records=(AnswerAlignment, LlmCall),
    ask=ask,
    key=("qa_id", "answer_hash"),
    in_flight=lambda world: world.settings.llm.in_flight,
)
