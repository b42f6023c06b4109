"""Does the answer most drafts agree on say the same as the page's own solution?"""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import same, short_answer
from vwi_lake.qa.replies import BadReply, read_reply
from vwi_lake.stage import Row, Stage
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerAlignment(Record):
    """bronze.answer_alignments: one row per pair and answer aligned."""

    TABLE: ClassVar[str] = "answer_alignments"

    qa_id: str
    answer_hash: str  # of the drafted answer: another majority is aligned anew
    verdict: str | None = None  # aligned | different | no_web_answer | undecided
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
    """math-verify settles what it finds equal; the model is asked about the rest; without one, what differs is `different`."""
    known = {k: row[k] for k in STAGE.key}
    if row["solution"] is None:
        return [AnswerAlignment(**known, verdict="no_web_answer")]
    stated = short_answer(row["solution"])
    equal = await asyncio.to_thread(same, stated, row["short_answer"]) if stated and row["short_answer"] else None
    if equal or world.llm is None:
        verdict = {True: "aligned", False: "different", None: "undecided"}[equal]
        return [AnswerAlignment(**known, verdict=verdict, aligned_by="math_verify")]
    return await ask_model(row, known, world)


async def ask_model(row: Row, known: Row, world: World) -> list[Record]:
    assert world.llm is not None
    call = await world.llm.call(request(row, world))
    if call.outcome != "ok":
        return [AnswerAlignment(**known, error=call.outcome), call]
    try:
        reply: Any = read_reply(call.reply or "", SCHEMA)
    except BadReply as error:
        return [AnswerAlignment(**known, error=f"bad_reply_{error.reason}"), call]
    return [AnswerAlignment(**known, verdict=reply["verdict"], why=reply["why"], aligned_by="llm"), call]


def request(row: Row, world: World) -> Request:
    asked = prompt("align_answers")
    text = asked.fill(question=row["question"], solution=row["solution"], answer=row["answer"])
    model = world.settings.llm.model_of("align_answers")
    return Request("align_answers", row["qa_id"], model, asked.hash, [{"role": "user", "content": text}], SCHEMA, max_tokens=500)


STAGE = Stage(
    name="align_answers",
    question=__doc__ or "",
    records=(AnswerAlignment, LlmCall),
    ask=ask,
    key=("qa_id", "answer_hash"),
    in_flight=lambda world: world.settings.llm.in_flight,
)
