"""The Batch API: requests gather in files, a later run collects the replies (https://platform.openai.com/docs/api-reference/batch).

A request is in one batch at a time. What a batch did not answer (expired, failed, cancelled, a line that met an error that
may pass) is taken out of it, and the next run asks it anew.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openai
import orjson

from vwi_lake.errors import VwiError
from vwi_lake.providers.budget import Purse
from vwi_lake.providers.llm_endpoint import status_outcome
from vwi_lake.providers.llm_ladder import Form, written
from vwi_lake.providers.llm_reply import FATAL, PASSING, Choice, Completion, LlmReply, completion_of
from vwi_lake.providers.openai_llm import Asked
from vwi_lake.providers.prices import Price
from vwi_lake.providers.spool import Spent, Spool, Write

log = logging.getLogger(__name__)
_MOST_LINES, _MOST_BYTES = 50_000, 180 << 20  # the API takes 50,000 and 200 MB
NEW_BATCH = "insert into batches (batch, file, model, n, state) values (?, ?, ?, ?, 'ours')"
_OVER = ("completed", "expired", "failed", "cancelled")


@dataclass
class _File:
    """Requests of one model, gathered for a batch."""

    path: Path
    model: str
    bounds: dict[str, Spent] = field(default_factory=dict)  # by request hash

    @property
    def is_full(self) -> bool:
        return len(self.bounds) >= _MOST_LINES or (self.path.exists() and self.path.stat().st_size >= _MOST_BYTES)


class Batches:
    def __init__(self, client: openai.AsyncOpenAI, spool: Spool, purse: Purse, folder: Path, price_share: float) -> None:
        self.client, self.spool, self.purse, self.folder, self.price_share = client, spool, purse, folder, price_share
        self.files: dict[str, _File] = {}
        self.collecting: asyncio.Task[None] | None = None

    async def ask(self, named: list[tuple[str, Asked]]) -> dict[str, LlmReply | None]:
        """What the book has by now; the rest joins the file of its model, where it is in none yet."""
        found = {key: self.spool.find(key) for key, _ in named}
        for key, asked in named:
            if found[key] is None and not self._is_in_one(key):
                await self._add(key, asked)
        return found

    def _is_in_one(self, key: str) -> bool:
        if any(key in file.bounds for file in self.files.values()):
            return True
        return self.spool.reader.execute("select 1 from batched where request_hash = ?", [key]).fetchone() is not None

    async def _add(self, key: str, asked: Asked) -> None:
        bound = self.purse.book(asked, self.price_share)
        if bound is None:
            return
        file = self.files.get(asked.model)
        if file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.files[asked.model] = _File(self.folder / f"{secrets.token_hex(8)}.jsonl", asked.model)
        body = written(asked.body(asked.messages, 1), asked.schema, Form())
        line = {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        with file.path.open("ab") as out:
            out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        file.bounds[key] = bound
        if file.is_full:
            await self._send(self.files.pop(asked.model))

    # -- sending -------------------------------------------------------------------------------------------------------

    async def submit(self) -> None:
        """Send what has gathered; called when a run ends."""
        while self.files:
            await self._send(self.files.popitem()[1])
        waiting = self.spool.reader.execute("select count(*), coalesce(sum(n), 0) from batches where state = 'sent'").fetchone()
        if waiting[0]:
            log.warning("%s requests are being worked on in %s batches: run again to collect the answers", f"{waiting[1]:,}", waiting[0])

    async def _send(self, file: _File) -> None:
        """Noted first: where the run is killed in between, the next one looks for a batch of this name."""
        name = file.path.stem
        await self._note(
            (NEW_BATCH, (name, str(file.path), file.model, len(file.bounds))),
            *[("insert or replace into batched values (?, ?)", (key, name)) for key in file.bounds],
        )
        for key, bound in file.bounds.items():
            self.spool.sent(key, bound)
        try:
            uploaded = await self.client.files.create(file=file.path, purpose="batch")
            batch = await self.client.batches.create(
                input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"vwi": name}
            )
        except openai.APIConnectionError:  # it may have arrived: the next run looks
            log.warning("a batch of %s requests may not have arrived: the next run looks for it", len(file.bounds))
        except openai.APIStatusError as error:
            await self._forget(name)
            raise VwiError(f"the endpoint takes no batch ({error.status_code}): take the stage out of [llm] batch, or try later") from None
        else:
            await self._is_sent(name, batch.id)

    async def _is_sent(self, name: str, endpoint_id: str) -> None:
        await self._note(("update batches set state = 'sent', endpoint_id = ? where batch = ?", (endpoint_id, name)))

    async def _forget(self, name: str) -> None:
        """A batch that never was: its requests are free, and cost nothing."""
        await self._note(
            ("update attempts set outcome = 'not_sent', calls = 0, tokens = 0, usd = 0 where outcome is null and request_hash in "
             "(select request_hash from batched where batch = ?)", (name,)),
            ("delete from batched where batch = ?", (name,)),
            ("delete from batches where batch = ?", (name,)),
        )  # fmt: skip

    # -- collecting ----------------------------------------------------------------------------------------------------

    async def collected(self) -> None:
        """Once a run, and everybody waits for it."""
        if self.collecting is None:
            self.collecting = asyncio.create_task(self.collect())
        await asyncio.shield(self.collecting)

    async def collect(self) -> None:
        """Look at all batches that are out, and take in those that are over."""
        rows = self.spool.reader.execute("select batch, state, endpoint_id from batches where state <> 'done'").fetchall()
        lost = {name for name, state, _ in rows if state == "ours"}
        found = {name: endpoint_id for name, state, endpoint_id in rows if state == "sent"}
        if lost:
            found |= await self._look_for(lost)
        for name, endpoint_id in found.items():
            try:
                batch = await self.client.batches.retrieve(endpoint_id)
            except openai.NotFoundError:
                log.warning("batch %s: the endpoint no longer knows it; what it held is asked again", endpoint_id)
                await self._forget(name)
                continue
            except openai.APIError as error:
                log.warning("batch %s cannot be looked at now (%s); the next run does", endpoint_id, type(error).__name__)
                continue
            if batch.status in _OVER:
                await self._take_in(name, batch)

    async def _look_for(self, lost: set[str]) -> dict[str, str]:
        found = {}
        async for batch in self.client.batches.list(limit=100):
            if (name := (batch.metadata or {}).get("vwi")) in lost:
                found[str(name)] = batch.id
                await self._is_sent(str(name), batch.id)
        for name in lost - found.keys():
            await self._forget(name)
        return found

    async def _take_in(self, name: str, batch: Any) -> None:
        """Every line's outcome; then what has none is free to be asked again."""
        if batch.status != "completed":
            log.warning("batch %s: %s; what it did not answer is asked again", batch.id, batch.status)
        open_keys = {k for (k,) in self.spool.reader.execute("select request_hash from batched where batch = ?", [name])}
        model = self.spool.reader.execute("select model from batches where batch = ?", [name]).fetchone()[0]
        price = self.purse.prices.of(model, datetime.now(UTC).date())
        for file_id in (batch.output_file_id, batch.error_file_id):
            for line in await self._lines(file_id):
                key = line.get("custom_id")
                if isinstance(key, str) and key in open_keys:
                    open_keys.discard(key)
                    await self._take_line(key, line, model, price)
        left = ("update attempts set outcome = 'unanswered', tokens = 0, usd = 0 where outcome is null and request_hash in "
                "(select request_hash from batched where batch = ?)")  # fmt: skip
        await self._note(
            (left, (name,)),
            ("delete from batched where batch = ?", (name,)),
            ("update batches set state = 'done' where batch = ?", (name,)),
        )
        (self.folder / f"{name}.jsonl").unlink(missing_ok=True)

    async def _take_line(self, key: str, line: dict[str, Any], model: str, price: Price | None) -> None:
        reply = _reply(line, model)
        usd = price.usd(reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) * self.price_share if price else 0.0
        if reply.outcome not in (*PASSING, *FATAL):
            await self.spool.keep([(key, replace(reply, cost_usd=usd if price else None))])
        spent = Spent(1, (reply.prompt_tokens or 0) + (reply.completion_tokens or 0), usd)
        settled = "update attempts set outcome = ?, tokens = ?, usd = ? where request_hash = ? and outcome is null"
        await self._note((settled, (reply.outcome, spent.tokens, spent.usd, key)))

    async def _lines(self, file_id: str | None) -> list[dict[str, Any]]:
        if file_id is None:
            return []
        content = await self.client.files.content(file_id)
        return list(_objects(content.text))

    async def _note(self, *writes: Write) -> None:
        await asyncio.wrap_future(self.spool.write(list(writes)))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects; a cut one is as good as none."""
    for line in text.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            yield said


def _reply(line: dict[str, Any], model: str) -> LlmReply:
    response = line.get("response") or {}
    body, status = response.get("body") or {}, response.get("status_code")
    said = completion_of(body) if status == 200 and isinstance(body, dict) else None
    if said is None:
        error = (body.get("error") if isinstance(body, dict) else None) or line.get("error") or {}
        outcome = status_outcome(status, error.get("code")) if isinstance(status, int) and status != 200 else "server_error"
        return LlmReply(None, model, None, None, None, 0.0, 1, outcome, endpoint="batch")
    return _answer(said, (said.choices or [Choice("empty_choices", None)])[0], model)


def _answer(said: Completion, choice: Choice, model: str) -> LlmReply:
    return LlmReply(
        choice.text, said.model or model, said.prompt_tokens, said.completion_tokens, said.cached_tokens, 0.0, 1, choice.outcome,
        endpoint="batch",
    )  # fmt: skip
