"""Is the pair a valid question with a solution to it, which images belong, which subject is it of? (Rules: sql/silver/qa_pairs.sql.)"""

from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.messages import consult, no_endpoint, request_of
from vwi_lake.world import World


@dataclass(frozen=True)
class ImageVerdict:
    """Whether one image belongs to the pair, and why."""

    sha256: str
    relevant: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class QaCheck(Record):
    """bronze.qa_checks: one row per candidate and checker."""

    TABLE: ClassVar[str] = "qa_checks"

    qa_id: str
    checker: str  # model and prompt hash
    valid: bool | None = None
    why: str | None = None
    images: list[ImageVerdict] | None = None
    subject: str | None = None
    error: str | None = None


SUBJECTS = ["Math", "Physics", "Chemistry", "Biology", "Engineering", "Computer Science", "Finance", "Humanities", "Others"]  # the paper's
VERDICT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["relevant", "why"],
    "properties": {"relevant": {"type": "boolean"}, "why": {"type": "string"}},
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["valid", "why", "images"],
    "properties": {
        "valid": {"type": "boolean"},
        "why": {"type": "string"},
        "images": {"type": "array", "items": VERDICT},
        "subject": {"type": ["string", "null"], "enum": [*SUBJECTS, None]},  # a verdict without one is a verdict
    },
}


async def ask(row: Row, world: World) -> list[Record]:
    known = {k: row[k] for k in STAGE.key}
    told = await consult(request(row, world), world)
    if told.error:
        return told.rows(QaCheck(**known, error=told.error))
    images = [*row["question_images"], *row["solution_images"]]
    if len(told.value["images"]) != len(images):
        return told.rows(QaCheck(**known, error="bad_reply_image_count"))
    verdicts = [ImageVerdict(i["sha256"], v["relevant"], v["why"]) for i, v in zip(images, told.value["images"], strict=True)]
    judged = {name: told.value.get(name) for name in ("valid", "why", "subject")}
    return told.rows(QaCheck(**known, **judged, images=verdicts))


def request(row: Row, world: World) -> Request:
    slots = {
        "question": row["question"],
        "solution": row["solution"],
        "n_question_images": len(row["question_images"]),
        "n_solution_images": len(row["solution_images"]),
    }
    images = [*row["question_images"], *row["solution_images"]]
    return request_of("check_qa", row, world, slots, images, schema=SCHEMA, max_tokens=2_000)


STAGE = Stage(
    name="check_qa",
    question=__doc__ or "",
    records=(QaCheck, LlmCall),
    ask=ask,
    key=("qa_id", "checker"),
    in_flight=lambda world: world.settings.llm.in_flight,
    idle=no_endpoint,
    variables=lambda world: {"checker": f"{world.settings.llm.model_of('check_qa')} {prompt('check_qa').hash}"},
)
