"""What does a model answer, asked several times independently?"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import same, short_answer
from vwi_lake.qa.vote import first_turn, is_decided, relation_of
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.messages import no_endpoint, request_of
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerDraft(Record):
    """bronze.answer_drafts: one row per pair and sample. error `vote_decided`: not asked for, since it could not change the vote."""

    TABLE: ClassVar[str] = "answer_drafts"

    qa_id: str
    sample: int  # from 0
    drafter: str  # model and prompt hash
    answer: str | None = None
    short_answer: str | None = None
    request_hash: str | None = None
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    """Turn by turn: all samples at once, or no more of them than the vote needs."""
    records: list[Record] = []
    drafts = {d["sample"]: d["text"] for d in row["drafted"]}
    left = list(row["samples"])
    for turn in turns(row, world):
        calls = await heard([request(row, sample, world) for sample in turn], world)
        for sample, call in zip(turn, calls, strict=True):
            if call is None:
                return records
            draft = draft_of(row, sample, call)
            records += [draft, call]
            left.remove(sample)
            if draft.error is None:
                drafts[sample] = draft.short_answer or draft.answer or ""
        if left and world.settings.llm.adaptive and await asyncio.to_thread(decided, drafts, len(left), row["needed"]):
            return records + [_draft(row, sample, error="vote_decided") for sample in left]
    return records


def turns(row: Row, world: World) -> Iterator[list[int]]:
    samples = row["samples"]
    first = len(samples)
    if world.settings.llm.adaptive:
        first = max(0, first_turn(row["planned"], row["needed"]) - len(row["drafted"]))
        if first == 0:
            yield []  # the vote may be decided by what is there
    if first:
        yield samples[:first]
    yield from ([sample] for sample in samples[first:])


async def heard(requests: list[Request], world: World) -> list[LlmCall | None]:
    assert world.llm is not None
    if world.settings.llm.drafts_at_once:
        return await world.llm.calls(requests) if requests else []
    return list(await asyncio.gather(*map(world.llm.call, requests)))


def decided(drafts: dict[int, str], left: int, needed: int) -> bool:
    texts = [drafts[sample] for sample in sorted(drafts)]
    return is_decided(len(texts), relation_of(texts, same), left, needed)


def draft_of(row: Row, sample: int, call: LlmCall) -> AnswerDraft:
    if call.outcome != "ok":
        return _draft(row, sample, error=call.outcome, request_hash=call.request_hash)
    answer = call.reply or ""
    return _draft(row, sample, answer=answer, short_answer=short_answer(answer), request_hash=call.request_hash)


def _draft(row: Row, sample: int, **said: Any) -> AnswerDraft:
    return AnswerDraft(qa_id=row["qa_id"], drafter=row["drafter"], sample=sample, **said)


def request(row: Row, sample: int, world: World) -> Request:
    return request_of("draft_answers", row, world, {"question": row["question"]}, row["question_images"], sample=sample)


def variables(world: World) -> Row:
    llm = world.settings.llm
    drafter = f"{llm.model_of('draft_answers')} {prompt('draft_answers').hash}"
    return {"drafts": llm.drafts, "adaptive": llm.adaptive, "drafter": drafter}


STAGE = Stage(
    name="draft_answers",
    question=__doc__ or "",
    records=(AnswerDraft, LlmCall),
    ask=ask,
    key=("qa_id", "sample", "drafter"),
    shared_by=("qa_id", "drafter"),
    in_flight=lambda world: world.settings.llm.in_flight,
    idle=no_endpoint,
    variables=variables,
)
