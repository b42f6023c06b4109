"""What does a model answer, asked several times independently?"""

from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import short_answer
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.messages import no_endpoint, with_images
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerDraft(Record):
    """bronze.answer_drafts: one row per pair and sample."""

    TABLE: ClassVar[str] = "answer_drafts"

    qa_id: str
    sample: int  # from 0
    drafter: str  # model and prompt hash
    answer: str | None = None
    short_answer: str | None = None
    request_hash: str | None = None
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    assert world.llm is not None
    known = {k: row[k] for k in STAGE.key}
    call = await world.llm.call(request(row, world))
    if call.outcome != "ok":
        return [AnswerDraft(**known, error=call.outcome, request_hash=call.request_hash), call]
    answer = call.reply or ""
    return [AnswerDraft(**known, answer=answer, short_answer=short_answer(answer), request_hash=call.request_hash), call]


def request(row: Row, world: World) -> Request:
    asked, llm = prompt("draft_answers"), world.settings.llm
    messages = with_images(asked.fill(question=row["question"]), row["question_images"], world)
    return Request(
        "draft_answers",
        row["qa_id"],
        llm.model_of("draft_answers"),
        asked.hash,
        messages,
        temperature=llm.temperature,
        sample=row["sample"],
    )


def variables(world: World) -> Row:
    llm = world.settings.llm
    return {"drafts": llm.drafts, "drafter": f"{llm.model_of('draft_answers')} {prompt('draft_answers').hash}"}


STAGE = Stage(
    name="draft_answers",
    question=__doc__ or "",
    records=(AnswerDraft, LlmCall),
    ask=ask,
    key=("qa_id", "sample", "drafter"),
    in_flight=lambda world: world.settings.llm.in_flight,
    idle=no_endpoint,
    variables=variables,
)
