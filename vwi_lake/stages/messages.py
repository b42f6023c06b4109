"""What the LLM stages share: a question with its images as a chat message, its answer read, and why they may have to stay idle."""

from dataclasses import dataclass
from typing import Any

from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import PICTURE, REPLY_TOKENS, LlmCall, Request
from vwi_lake.qa.replies import BadReply, read_reply
from vwi_lake.stage import Row
from vwi_lake.world import World

NO_ENDPOINT = (
    "no LLM endpoint, so rules alone check the pairs and the page's own solution is the answer; pairs without one wait in silver.qa_pairs. "
    "To switch it on, set OPENAI_API_KEY (or OPENAI_BASE_URL for a local server) and run again"
)


def no_endpoint(world: World) -> str | None:
    return world.llm.stopped if world.llm else NO_ENDPOINT


def with_images(text: str, images: list[Row]) -> list[dict[str, Any]]:
    """One user message: the text, then the images (rows with sha256) by name and in their order; who sends it reads them."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    parts += [{"type": "image_url", "image_url": {"url": PICTURE + image["sha256"]}} for image in images]
    return [{"role": "user", "content": parts if images else text}]


def request_of(stage: str, row: Row, world: World, slots: Row, images: list[Row], **more: Any) -> Request:
    """The stage's prompt about one pair, as the settings have it: model, temperature, seed, size of images, length of the reply."""
    llm, asked = world.settings.llm, prompt(stage)
    return Request(
        stage=stage,
        subject_id=row["qa_id"],
        model=llm.model_of(stage),
        prompt_hash=asked.hash,
        messages=with_images(asked.fill(**slots), images),
        temperature=llm.temperature_of(stage),
        seed=llm.seed,
        image_side=llm.image_side if images else None,
        max_tokens=llm.reply_tokens.get(stage, more.pop("max_tokens", REPLY_TOKENS)),
        **more,
    )


@dataclass(frozen=True)
class Told:
    """A reply of the agreed shape, or the class of its failure; `call` is None where nothing could be asked now."""

    value: Any = None
    error: str | None = None
    call: LlmCall | None = None

    def rows(self, record: Record) -> list[Record]:
        """The stage's record and the call's; nothing where nothing was asked, so that the row stays pending."""
        return [record, self.call] if self.call else []


async def consult(request: Request, world: World) -> Told:
    """Ask for JSON of the request's schema."""
    assert world.llm is not None
    call = await world.llm.call(request)
    if call is None:
        return Told(error="not_asked")
    if call.outcome != "ok":
        return Told(error=call.outcome, call=call)
    try:
        return Told(read_reply(call.reply or "", request.schema or {}), None, call)
    except BadReply as error:  # of a batch, which knows no second turn
        return Told(error="wrong_schema" if error.reason == "schema" else "invalid_json", call=call)
