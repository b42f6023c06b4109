"""Every paid call is written down before its answer is used, and none is bought twice.

A reply goes to a small SQLite file beside the lake the moment it arrives, keyed by the hash of the request; the bronze
row follows with the stage's next commit. A run that was killed in between finds the reply there and asks nothing.
"""

import asyncio
import hashlib
import json
import sqlite3
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import orjson

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.providers.openai_llm import LlmReply, OpenAiLlm
from vwi_lake.settings import LlmSettings

TRANSIENT = ("rate_limited", "server_error", "timeout", "connection")  # asked again by the next run


@dataclass(frozen=True, kw_only=True)
class LlmCall(Record):
    """bronze.llm_calls: one row per request (with all its attempts)."""

    TABLE: ClassVar[str] = "llm_calls"

    request_hash: str
    stage: str
    subject_id: str  # what it was about: a page's URL or a qa_id
    model: str
    prompt_hash: str
    outcome: str
    attempts: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None  # null: no price is configured for the model
    latency_s: float
    reply: str | None  # the model's text, whole


@dataclass(frozen=True)
class Request:
    """One question to a model. `prompt_hash` names the prompt file's version; `sample` tells equal questions apart."""

    stage: str
    subject_id: str
    model: str
    prompt_hash: str
    messages: list[dict[str, Any]]
    schema: dict[str, Any] | None = None
    max_tokens: int = 4096
    temperature: float = 0.0
    sample: int = 0

    @property
    def hash(self) -> str:
        asked = {k: v for k, v in asdict(self).items() if k != "subject_id"}
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Spool:
    """Replies by request hash in one SQLite file; its rows are small and stay."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
        self.turn = threading.Lock()
        self.connection.execute("pragma journal_mode=wal")
        self.connection.execute("create table if not exists replies (request_hash text primary key, reply text not null)")

    def find(self, request_hash: str) -> LlmReply | None:
        with self.turn:
            row = self.connection.execute("select reply from replies where request_hash = ?", [request_hash]).fetchone()
        return LlmReply(**json.loads(row[0])) if row else None

    def keep(self, request_hash: str, reply: LlmReply) -> None:
        with self.turn:
            self.connection.execute("insert or replace into replies values (?, ?)", [request_hash, json.dumps(asdict(reply))])

    def close(self) -> None:
        self.connection.close()


class Ledger:
    """The model, with the book in front of it."""

    def __init__(self, llm: OpenAiLlm, spool: Spool, settings: LlmSettings) -> None:
        self.llm, self.spool, self.settings = llm, spool, settings
        self.asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def call(self, request: Request) -> LlmCall:
        """Ask, or find the answer in the book. Failed calls come back as rows; a refused key stops the run."""
        key = request.hash
        async with self.asking.setdefault(key, asyncio.Lock()):  # two pages may ask the same: the second finds the first's reply
            return self._row(request, key, self.spool.find(key) or await self._ask(request, key))

    async def _ask(self, request: Request, key: str) -> LlmReply:
        reply = await self.llm.complete(request.model, request.messages, request.schema, request.max_tokens, request.temperature)
        if reply.outcome == "auth":
            raise VwiError("the LLM endpoint refused the key: set OPENAI_API_KEY (and OPENAI_BASE_URL for another endpoint) and run again")
        if reply.outcome not in TRANSIENT:
            self.spool.keep(key, reply)
        return reply

    def _row(self, request: Request, key: str, reply: LlmReply) -> LlmCall:
        return LlmCall(
            request_hash=key,
            stage=request.stage,
            subject_id=request.subject_id,
            model=request.model,
            prompt_hash=request.prompt_hash,
            outcome=reply.outcome,
            attempts=reply.attempts,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            cached_tokens=reply.cached_tokens,
            cost_usd=self._cost(request.model, reply),
            latency_s=reply.latency_s,
            reply=reply.text,
        )

    def _cost(self, model: str, reply: LlmReply) -> float | None:
        price = self.settings.prices.get(model)
        if price is None:
            return None
        return ((reply.prompt_tokens or 0) * price[0] + (reply.completion_tokens or 0) * price[1]) / 1e6

    async def close(self) -> None:
        await self.llm.close()
        self.spool.close()
