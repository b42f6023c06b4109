"""Every paid call is written down before its answer is used, and none is bought twice.

A reply goes to a small SQLite file beside the lake the moment it arrives, keyed by the hash of the request; the bronze
row follows with the stage's next commit. A run that was killed in between finds the reply there and asks nothing.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import orjson

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.providers.budget import Purse
from vwi_lake.providers.llm_batch import Batches
from vwi_lake.providers.llm_reply import FATAL, PASSING, LlmReply
from vwi_lake.providers.openai_llm import Asked, OpenAiLlm, check, wrong_key
from vwi_lake.settings import LlmSettings

log = logging.getLogger(__name__)
PICTURE = "sha256:"  # in a request, an image is named by its content; its bytes are read when it is sent
REPLY_TOKENS = 4096  # at most, where a stage does not say


@dataclass(frozen=True, kw_only=True)
class LlmCall(Record):
    """bronze.llm_calls: one row per request and sample (with all its attempts)."""

    TABLE: ClassVar[str] = "llm_calls"

    request_hash: str
    stage: str
    subject_id: str  # what it was about: a page's URL or a qa_id
    model: str
    prompt_hash: str
    outcome: str
    attempts: int  # 0: the sample came with another one's request
    possibly_paid: int  # attempts without a whole reply: they may be on the bill
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None  # null: no price is known for the model
    latency_s: float
    form: str | None  # json_schema | json_object | plain: how a schema was asked for
    endpoint: str | None  # host, or `batch`
    reply: str | None  # the model's text, whole


@dataclass(frozen=True)
class Request:
    """One question to a model. `prompt_hash` names the prompt file's version; `sample` tells equal questions apart."""

    stage: str
    subject_id: str
    model: str
    prompt_hash: str
    messages: list[dict[str, Any]]  # images as image_url parts whose URL is `sha256:…`
    schema: dict[str, Any] | None = None
    max_tokens: int = REPLY_TOKENS
    temperature: float = 0.0
    sample: int = 0
    seed: int | None = None
    image_side: int | None = None  # longest side its images are sent with; None: it has none

    @property
    def hash(self) -> str:
        """Of what the model is asked, and nothing else: it must stay what it is, whatever changes around it, or all is bought again."""
        asked = {
            "model": self.model,
            "messages": self.messages,
            "schema": self.schema,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "sample": self.sample,
        }
        asked |= {name: value for name in ("seed", "image_side") if (value := getattr(self, name)) is not None}
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Ledger:
    """The model, with the book in front of it."""

    def __init__(
        self,
        llm: OpenAiLlm,
        purse: Purse,
        settings: LlmSettings,
        picture: Callable[[str, int], str] = lambda sha, side: PICTURE + sha,
        batches: Batches | None = None,
    ) -> None:
        self.llm, self.purse, self.settings, self.picture, self.batches = llm, purse, settings, picture, batches
        self.spool = purse.spool
        self.asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.checked: asyncio.Task[None] | None = None
        self.stopped: str | None = None  # why nothing more is asked in this run, in words for people

    async def call(self, request: Request) -> LlmCall | None:
        """Ask, or find the answer in the book. Failed calls come back as rows; None: not asked now, a later run will."""
        return (await self.calls([request]))[0]

    async def calls(self, requests: list[Request]) -> list[LlmCall | None]:
        """Samples of one request: those the book lacks are asked for together."""
        keys = [request.hash for request in requests]
        if self.batches:
            await self._check_once()
            await self.batches.collected()
        async with self.asking.setdefault(keys[0], asyncio.Lock()):  # two pages may ask the same: the second finds the first's reply
            known = {key: self.spool.find(key) for key in keys}
            missing = [request for request, key in zip(requests, keys, strict=True) if known[key] is None]
            if missing:
                known |= await self._ask(missing)
            return [_row(request, key, reply) if (reply := known[key]) else None for request, key in zip(requests, keys, strict=True)]

    async def _ask(self, missing: list[Request]) -> dict[str, LlmReply | None]:
        if self.stopped and not any(self.spool.has_heard(r.hash) for r in missing):
            return {}.fromkeys([r.hash for r in missing])
        await self._check_once()
        if self.batches and missing[0].stage in self.settings.batch:
            return await self._batched(self.batches, missing)
        return await self._ask_now(missing)

    async def _ask_now(self, missing: list[Request]) -> dict[str, LlmReply | None]:
        asked = await self._ready(missing[0])
        replies = await self.llm.complete(asked, len(missing))
        self._heed(replies[0], asked)
        replies += [replace(replies[0], attempts=0, possibly_paid=0)] * (len(missing) - len(replies))  # one failure of all
        named = [(r, reply) for r, reply in zip(missing, replies, strict=True)]
        final = [(r.hash, r.subject_id, reply) for r, reply in named if reply.outcome not in (*PASSING, *FATAL, "budget_reached")]
        if final:
            await self.spool.keep(final)
        return {r.hash: None if reply.outcome == "budget_reached" else reply for r, reply in named}

    async def _batched(self, batches: Batches, missing: list[Request]) -> dict[str, LlmReply | None]:
        """What a batch brought is read like any other completion, and repaired likewise; the rest waits for one."""
        found: dict[str, LlmReply | None] = {}
        for request in missing:
            if request.hash in batches.refused or self.spool.has_heard(request.hash):
                found |= await self._ask_now([request])
            else:
                await batches.join(await self._ready(request))
                found[request.hash] = None
        if reached := batches.purse.full:
            self._stop(reached)
        return found

    async def _ready(self, request: Request) -> Asked:
        """With its images in it: read, and scaled where they are large, off the loop."""
        messages = request.messages
        if request.image_side:
            messages = await asyncio.to_thread(self._with_pictures, request)
        seed = self._seed(request)
        return Asked(
            request.model, messages, request.schema, request.max_tokens, request.temperature, seed, request.hash, request.subject_id
        )

    def _seed(self, request: Request) -> int | None:
        return None if request.seed is None else request.seed + request.sample

    def _with_pictures(self, request: Request) -> list[dict[str, Any]]:
        def shown(part: dict[str, Any]) -> dict[str, Any]:
            if part["type"] != "image_url":
                return part
            sha = part["image_url"]["url"].removeprefix(PICTURE)
            return {"type": "image_url", "image_url": {"url": self.picture(sha, request.image_side or 0)}}

        return [m if isinstance(m["content"], str) else m | {"content": [shown(part) for part in m["content"]]} for m in request.messages]

    async def _check_once(self) -> None:
        """Before the first request of a run, and for all at once."""
        if self.checked is None:
            self.checked = asyncio.create_task(check(self.llm))
        await asyncio.shield(self.checked)

    def _heed(self, reply: LlmReply, asked: Asked) -> None:
        if reply.outcome == "auth":
            raise VwiError(wrong_key(reply.endpoint or ""))
        if reply.outcome == "unknown_model":
            raise VwiError(
                f"the LLM endpoint {reply.endpoint} knows no model {asked.model!r}: correct [llm] model in vwi.toml "
                "(or OPENAI_BASE_URL, where its path is wrong) and run again"
            )
        if reply.outcome == "budget_reached":
            self._stop(self.purse.reached or "the budget is reached")
        if reply.outcome == "quota":
            self._stop("the LLM endpoint says that its quota is used up: what is left waits. Top it up and run again")

    def _stop(self, why: str) -> None:
        if self.stopped is None:
            self.stopped = why
            log.warning("%s", why)

    async def close(self) -> None:
        try:
            if self.batches:
                await self.batches.submit()
        finally:
            await self.llm.close()
            self.spool.close()


def _row(request: Request, key: str, reply: LlmReply) -> LlmCall:
    return LlmCall(
        request_hash=key,
        stage=request.stage,
        subject_id=request.subject_id,
        model=request.model,
        prompt_hash=request.prompt_hash,
        outcome=reply.outcome,
        attempts=reply.attempts,
        possibly_paid=reply.possibly_paid,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        cached_tokens=reply.cached_tokens,
        cost_usd=reply.cost_usd,
        latency_s=reply.latency_s,
        form=reply.form,
        endpoint=reply.endpoint,
        reply=reply.text,
    )
