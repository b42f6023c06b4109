"""The Batch API: requests gather in files, a later run collects the replies (https://platform.openai.com/docs/api-reference/batch).

A request is in one batch at a time. What a batch did not answer (expired, failed, cancelled, a line that met an error that
may pass) is taken out of it, and the next run asks it anew.

Runs on other machines share the book, and cannot see who lives. They may free what is only gathered, since its requests are
claimed once more before they go out; what is being sent they leave alone as long as it may still show up in the list.
"""

import asyncio
import hashlib
import logging
import secrets
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openai
import orjson

from vwi_lake.books import Write
from vwi_lake.errors import VwiError
from vwi_lake.providers.budget import Purse, spent_on
from vwi_lake.providers.llm_batch_file import BatchFile, is_being_written, objects, said_on
from vwi_lake.providers.llm_endpoint import Endpoint
from vwi_lake.providers.llm_ladder import Form, written
from vwi_lake.providers.llm_reply import FATAL, PASSING, LlmReply
from vwi_lake.providers.openai_llm import Asked
from vwi_lake.providers.spool import Heard, Spent, kept

log = logging.getLogger(__name__)
_SETTLES_S = 600.0  # a batch whose sending was cut off may take so long to show up in the list
_WINDOW_S = 86_400.0  # a batch is over by then
_AT_ONCE = 1000  # lines of a result, written down together
# Who writes a batch's row holds it until all its claims are in: nobody forgets the batch in between.
BATCH = """
insert into batches (batch, file, model, n, state, endpoint) values (?, ?, ?, ?, ?, ?)
on conflict (batch) do update set state = excluded.state, n = excluded.n, made_at = current_timestamp
"""
CLAIM = "insert into batched (request_hash, batch, subject_id) values (?, ?, ?) on conflict (request_hash) do nothing"
CLAIMED = """
select request_hash
from batched
where batch = ? and not exists (select 1 from replies where request_hash = batched.request_hash)
  and not exists (select 1 from exchanges where request_hash = batched.request_hash)
"""
FREE = "delete from batched where request_hash = ? and batch = ?"
STILL_OURS = "update batches set n = ?, made_at = current_timestamp where batch = ?"
SETTLE = """
update attempts set outcome = ?, tokens = ?, usd = ?
where request_hash = ? and outcome is null and exists (select 1 from batched where request_hash = attempts.request_hash and batch = ?)
"""
OUT = "select batch, state, endpoint_id, endpoint, made_at, cast(current_timestamp as text) from batches where state <> 'done'"
REFUSED = "select distinct request_hash from attempts where outcome = 'bad_request'"
FORGET = (  # the row of the batch goes first, since it is what others wait for
    "delete from batches where batch = ? and state = coalesce(?, state) and made_at = coalesce(?, made_at)",
    "update attempts set outcome = 'not_sent', calls = 0, tokens = 0, usd = 0 where outcome is null and request_hash in "
    "(select request_hash from batched where batch = ? and batch not in (select batch from batches))",
    "delete from batched where batch = ? and batch not in (select batch from batches)",
)
_OVER = ("completed", "expired", "failed", "cancelled")


@dataclass(frozen=True)
class _Out:
    """A batch that is not done."""

    name: str
    state: str
    endpoint_id: str | None
    endpoint: str | None
    made_at: str
    now: str

    @property
    def age_s(self) -> float:
        """By the clock of the book's database."""
        return abs((datetime.fromisoformat(self.now) - datetime.fromisoformat(self.made_at)).total_seconds())


class Batches:
    def __init__(self, endpoint: Endpoint, purse: Purse, folder: Path, price_share: float, settles_s: float = _SETTLES_S) -> None:
        self.endpoint, self.purse, self.folder, self.price_share, self.settles_s = endpoint, purse, folder, price_share, settles_s
        self.client, self.spool = endpoint.client, purse.spool
        self.files: dict[str, BatchFile] = {}
        self.refused: set[str] = set()  # requests that no batch takes in this form: they are asked one by one, in all forms
        self.collecting: asyncio.Task[None] | None = None

    async def join(self, asked: Asked) -> None:
        """The file of its model, where it is in none yet; whether another run was quicker to claim it, is seen when the file is sent."""
        if self._is_in_one(asked.key):
            return
        bound = await self.purse.book(asked, self.price_share)
        if bound is None:
            return
        file = self.files.get(asked.model)
        if file is None:
            file = self.files[asked.model] = BatchFile(self.folder / f"{secrets.token_hex(8)}.jsonl", asked.model)
        self.spool.write(self._claims(file, "gathering", {asked.key: asked.subject_id}))
        body = written(asked.body(asked.messages, 1), asked.schema, Form())
        line = {"custom_id": asked.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        file.add(asked, bound, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        if file.is_full:
            await self._send(self.files.pop(asked.model))

    def _claims(self, file: BatchFile, state: str, subjects: dict[str, str]) -> list[Write]:
        name = file.path.stem
        batch = (BATCH, (name, str(file.path), file.model, len(file.bounds), state, self.endpoint.name))
        return [batch, *((CLAIM, (key, name, subject)) for key, subject in subjects.items())]

    def _is_in_one(self, key: str) -> bool:
        if any(key in file.bounds for file in self.files.values()):
            return True
        return bool(self.spool.reader.rows("select 1 from batched where request_hash = ?", [key]))

    # -- sending -------------------------------------------------------------------------------------------------------

    async def submit(self) -> None:
        """Send what has gathered; called when a run ends."""
        while self.files:
            await self._send(self.files.popitem()[1])
        waiting = self.spool.reader.rows("select count(*), coalesce(sum(n), 0) from batches where state = 'sent'")[0]
        if waiting[0]:
            log.warning("%s requests are being worked on in %s batches: run again to collect the answers", f"{waiting[1]:,}", waiting[0])

    async def _send(self, file: BatchFile) -> None:
        """Noted first: where the run is killed in between, the next one looks for a batch of this name."""
        name = file.path.stem
        await self._note(*self._claims(file, "ours", file.subjects))
        most = file.total
        self.purse.gathered, self.purse.spent = self.purse.gathered - most, self.purse.spent + most
        file.keep_only({key for (key,) in self.spool.reader.rows(CLAIMED, [name])})
        await self._keep_to_budget(file)
        self.purse.spent -= most - file.total
        if not file.bounds:
            file.drop()
            await self._forget(name)
            return
        try:
            uploaded = await self.client.files.create(file=file.path, purpose="batch")
            await self._note((STILL_OURS, (len(file.bounds), name)))
            if not self.spool.reader.rows("select 1 from batches where batch = ?", [name]):
                log.warning("uploading a batch of %s requests took so long that another worker gave it up, and asks them", len(file.bounds))
                return
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
        finally:
            file.drop()

    async def _keep_to_budget(self, file: BatchFile) -> None:
        """Note what goes out, so that other workers count it; then leave out what has no room beside what they noted."""
        attempts = {key: self.spool.sent(key, bound) for key, bound in file.bounds.items()}
        await self._note()
        if beyond := self.purse.beyond(file.bounds):
            log.warning("%s requests wait: what other workers spend leaves no room for them. Raise [budget] and run again", len(beyond))
            for key in beyond:
                self.spool.came(attempts[key], "not_sent", Spent())
            await self._note(*((FREE, (key, file.path.stem)) for key in beyond))
            file.keep_only(file.bounds.keys() - beyond)

    async def _is_sent(self, name: str, endpoint_id: str) -> None:
        await self._note(("update batches set state = 'sent', endpoint_id = ? where batch = ?", (endpoint_id, name)))

    async def _forget(self, name: str, seen: _Out | None = None) -> None:
        """A batch that never was: its requests are free, and cost nothing. Nothing happens where it is not as it was `seen` any more."""
        first, *rest = FORGET
        await self._note((first, (name, seen and seen.state, seen and seen.made_at)), *((sql, (name,)) for sql in rest))
        (self.folder / f"{name}.jsonl").unlink(missing_ok=True)

    # -- collecting ----------------------------------------------------------------------------------------------------

    async def collected(self) -> None:
        """Once a run, and everybody waits for it."""
        if self.collecting is None:
            self.collecting = asyncio.create_task(self.collect())
        await asyncio.shield(self.collecting)

    async def collect(self) -> None:
        """Look at all batches that are out, and take in those that are over."""
        every = [_Out(*row) for row in self.spool.reader.rows(OUT)]
        if elsewhere := {out.endpoint for out in every if out.endpoint not in (None, self.endpoint.name)}:
            log.warning("batches at %s are left alone: run with that endpoint to collect them", ", ".join(sorted(elsewhere)))
        outs = [out for out in every if out.endpoint not in elsewhere]
        unsent = [out for out in outs if out.state != "sent" and not is_being_written(self.folder / f"{out.name}.jsonl")]
        for out in unsent:
            if out.state == "gathering":
                await self._forget(out.name, out)  # it never went out
        lost = await self._look_for({out.name: out for out in unsent if out.state == "ours"})
        for out in [out for out in outs if out.state == "sent"] + lost:
            await self._look_at(out)
        self.refused = {key for (key,) in self.spool.reader.rows(REFUSED)}  # whoever collected them
        self.purse.spent = self.spool.spent()  # now known, where it had been bounds

    async def _look_at(self, out: _Out) -> None:
        name, endpoint_id = out.name, str(out.endpoint_id)
        try:
            batch = await self.client.batches.retrieve(endpoint_id)
        except openai.NotFoundError:
            if out.age_s < _WINDOW_S:
                log.warning("batch %s: the endpoint knows it not. Is it of another project's key? It is left alone for a day", endpoint_id)
            else:
                log.warning("batch %s: the endpoint no longer knows it; what it held is asked again", endpoint_id)
                await self._forget(name, out)
        except openai.APIError as error:
            log.warning("batch %s cannot be looked at now (%s); the next run does", endpoint_id, type(error).__name__)
        else:
            if batch.status in _OVER:
                await self._take_in(name, batch)

    async def _look_for(self, lost: dict[str, _Out]) -> list[_Out]:
        """Batches whose run was killed while it sent them; one that may still show up is left alone."""
        found: list[_Out] = []
        if not lost:
            return found
        async for batch in self.client.batches.list(limit=100):
            if out := lost.pop((batch.metadata or {}).get("vwi", ""), None):
                found.append(replace(out, endpoint_id=batch.id))
                await self._is_sent(out.name, batch.id)
            if not lost:
                break
        for out in lost.values():
            if out.age_s < self.settles_s:
                log.warning("a batch is being sent, or was when its run ended: a run in %.0f s or more looks for it again", self.settles_s)
            else:
                await self._forget(out.name, out)
        return found

    async def _take_in(self, name: str, batch: Any) -> None:
        """Every line's outcome; then what has none is free to be asked again."""
        if batch.status != "completed":
            log.warning("batch %s: %s; what it did not answer is asked again", batch.id, batch.status)
        subjects = dict(self.spool.reader.rows("select request_hash, coalesce(subject_id, '') from batched where batch = ?", [name]))
        model = self.spool.reader.rows("select model from batches where batch = ?", [name])[0][0]
        failed: Counter[str] = Counter()
        for file_id in (batch.output_file_id, batch.error_file_id):
            lines = {str(line.get("custom_id")): line for line in await self._lines(file_id)}
            new = [(key, subjects.pop(key), line) for key, line in lines.items() if key in subjects]  # each once
            for at in range(0, len(new), _AT_ONCE):
                writes = [self._line((name, model), key, subject_id, line, failed) for key, subject_id, line in new[at : at + _AT_ONCE]]
                await self._note(*[write for of_line in writes for write in of_line])
        if failed:
            log.warning("batch %s: failed lines: %s", batch.id, ", ".join(f"{n} {outcome}" for outcome, n in failed.most_common()))
        left = ("update attempts set outcome = 'unanswered', tokens = 0, usd = 0 where outcome is null and request_hash in "
                "(select request_hash from batched where batch = ?)")  # fmt: skip
        await self._note(
            (left, (name,)),
            ("delete from batched where batch = ?", (name,)),
            ("update batches set state = 'done' where batch = ?", (name,)),
        )

    def _line(self, batch: tuple[str, str], key: str, subject_id: str, line: dict[str, Any], failed: "Counter[str]") -> list[Write]:
        """A completion is as one that was heard, once, whoever takes it in; a failure that stays so is a reply."""
        (name, model), (said, outcome) = batch, said_on(line)
        if said:
            usd = self.purse.usd(model, said)
            said = replace(said, is_batched=True, usd=None if usd is None else usd * self.price_share)
            spent = spent_on(said)
            number = int(hashlib.sha256(f"{name} {key}".encode()).hexdigest()[:15], 16)
            return [Heard(key, subject_id, "first", said, exchange=number).write, (SETTLE, ("ok", spent.tokens, spent.usd, key, name))]
        failed[outcome] += 1
        settled = (SETTLE, (outcome, 0, 0.0, key, name))
        if outcome in (*PASSING, *FATAL, "bad_request"):
            return [settled]
        return [kept(key, subject_id, LlmReply(None, model, None, None, None, 0.0, 1, outcome, endpoint="batch")), settled]

    async def _lines(self, file_id: str | None) -> list[dict[str, Any]]:
        if file_id is None:
            return []
        content = await self.client.files.content(file_id)
        return list(objects(content.content))

    async def _note(self, *writes: Write) -> None:
        await asyncio.wrap_future(self.spool.write(list(writes)))
