"""The Batch API: requests gather in files, a later run collects the replies (https://platform.openai.com/docs/api-reference/batch).

A request is in one batch at a time. What a batch did not answer (expired, failed, cancelled, a line that met an error that
may pass) is taken out of it, and the next run asks it anew.

Runs on other machines share the book, and cannot see who lives. They may free what is only gathered, since its requests are
claimed once more before they go out; what is being sent they leave alone as long as it may still show up in the list.
"""

import asyncio
import hashlib
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openai
import orjson

from vwi_lake.books import Write
from vwi_lake.errors import VwiError
from vwi_lake.journal import lock
from vwi_lake.providers.budget import Purse, spent_on
from vwi_lake.providers.llm_endpoint import Endpoint, status_outcome
from vwi_lake.providers.llm_ladder import Form, written
from vwi_lake.providers.llm_reply import FATAL, PASSING, Completion, LlmReply, completion_of, read_json
from vwi_lake.providers.openai_llm import Asked
from vwi_lake.providers.spool import Heard, Spent, kept

log = logging.getLogger(__name__)
_MOST_LINES, _MOST_BYTES = 50_000, 180 << 20  # the API takes 50,000 and 200 MB
_SETTLES_S = 600.0  # a batch whose sending was cut off may take so long to show up in the list
_AT_ONCE = 1000  # lines of a result, written down together
NEW_BATCH = """
insert into batches (batch, file, model, n, state, endpoint) values (?, ?, ?, 0, 'gathering', ?)
on conflict (batch) do nothing
"""
CLAIM = """
insert into batched (request_hash, batch, subject_id)
select cast(? as text), cast(? as text), cast(? as text)
where not exists (select 1 from replies where request_hash = ? union all select 1 from exchanges where request_hash = ?)
on conflict (request_hash) do nothing
"""
OURS = "update batches set state = 'ours', n = ?, made_at = current_timestamp where batch = ?"
SETTLE = "update attempts set outcome = ?, tokens = ?, usd = ? where request_hash = ? and outcome is null"
OUT = "select batch, state, endpoint_id, endpoint, made_at, cast(current_timestamp as text) from batches where state <> 'done'"
GONE = "(select batch from batches where batch = ? and state = coalesce(?, state))"
FORGET = (
    "update attempts set outcome = 'not_sent', calls = 0, tokens = 0, usd = 0 where outcome is null and request_hash in "
    "(select request_hash from batched where batch in {gone})",
    "delete from batched where batch in {gone}",
    "delete from batches where batch in {gone}",
)
_OVER = ("completed", "expired", "failed", "cancelled")


@dataclass
class _File:
    """Requests of one model, gathered for a batch. It is locked as long as its process lives, so that no other run takes it for lost."""

    path: Path
    model: str
    bounds: dict[str, Spent] = field(default_factory=dict)  # by request hash
    subjects: dict[str, str] = field(default_factory=dict)  # likewise
    size: int = 0
    handle: int = -1

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        lock(self.handle)

    def add(self, asked: Asked, bound: Spent, line: bytes) -> None:
        os.write(self.handle, line)
        self.size += len(line)
        self.bounds[asked.key], self.subjects[asked.key] = bound, asked.subject_id

    def keep_only(self, keys: set[str]) -> Spent:
        """Leave out the others, and say what they were held to cost."""
        lost = [bound for key, bound in self.bounds.items() if key not in keys]
        if lost:
            lines = [line for line in self.path.read_bytes().splitlines(keepends=True) if orjson.loads(line)["custom_id"] in keys]
            os.ftruncate(self.handle, 0)
            os.write(self.handle, b"".join(lines))
            self.bounds = {key: bound for key, bound in self.bounds.items() if key in keys}
        return sum(lost, Spent())

    @property
    def is_full(self) -> bool:
        return len(self.bounds) >= _MOST_LINES or self.size >= _MOST_BYTES

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self.handle)


class Batches:
    def __init__(self, endpoint: Endpoint, purse: Purse, folder: Path, price_share: float, settles_s: float = _SETTLES_S) -> None:
        self.endpoint, self.purse, self.folder, self.price_share, self.settles_s = endpoint, purse, folder, price_share, settles_s
        self.client, self.spool = endpoint.client, purse.spool
        self.files: dict[str, _File] = {}
        self.refused: set[str] = set()  # requests that no batch takes in this form: they are asked one by one, in all forms
        self.collecting: asyncio.Task[None] | None = None

    async def join(self, asked: Asked) -> None:
        """The file of its model, where it is in none yet; whether another run was quicker to claim it, is seen when the file is sent."""
        if self._is_in_one(asked.key):
            return
        bound = self.purse.book(asked, self.price_share)
        if bound is None:
            return
        file = self.files.get(asked.model)
        if file is None:
            file = self.files[asked.model] = _File(self.folder / f"{secrets.token_hex(8)}.jsonl", asked.model)
        self.spool.write(self._claims(file, {asked.key: asked.subject_id}))
        body = written(asked.body(asked.messages, 1), asked.schema, Form())
        line = {"custom_id": asked.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        file.add(asked, bound, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        if file.is_full:
            await self._send(self.files.pop(asked.model))

    def _claims(self, file: _File, subjects: dict[str, str]) -> list[Write]:
        name = file.path.stem
        claims = [(CLAIM, (key, name, subject, key, key)) for key, subject in subjects.items()]
        return [(NEW_BATCH, (name, str(file.path), file.model, self.endpoint.name)), *claims]

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

    async def _send(self, file: _File) -> None:
        """Noted first: where the run is killed in between, the next one looks for a batch of this name."""
        name = file.path.stem
        await self._note(*self._claims(file, file.subjects), (OURS, (len(file.bounds), name)))
        ours = {k for (k,) in self.spool.reader.rows("select request_hash from batched where batch = ?", [name])}
        self.purse.held -= file.keep_only(ours)
        if not file.bounds:
            file.drop()
            await self._forget(name)
            return
        for key, bound in file.bounds.items():
            self.spool.sent(key, bound)
        try:
            uploaded = await self.client.files.create(file=file.path, purpose="batch")
            await self._note((OURS, (len(file.bounds), name)))
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

    async def _is_sent(self, name: str, endpoint_id: str) -> None:
        await self._note(("update batches set state = 'sent', endpoint_id = ? where batch = ?", (endpoint_id, name)))

    async def _forget(self, name: str, state: str | None = None) -> None:
        """A batch that never was (nothing, where it is in another state by now): its requests are free, and cost nothing."""
        await self._note(*((sql.format(gone=GONE), (name, state)) for sql in FORGET))
        (self.folder / f"{name}.jsonl").unlink(missing_ok=True)

    # -- collecting ----------------------------------------------------------------------------------------------------

    async def collected(self) -> None:
        """Once a run, and everybody waits for it."""
        if self.collecting is None:
            self.collecting = asyncio.create_task(self.collect())
        await asyncio.shield(self.collecting)

    async def collect(self) -> None:
        """Look at all batches that are out, and take in those that are over."""
        rows = self.spool.reader.rows(OUT)
        if elsewhere := {host for _, _, _, host, *_ in rows if host not in (None, self.endpoint.name)}:
            log.warning("batches at %s are left alone: run with that endpoint to collect them", ", ".join(sorted(elsewhere)))
        rows = [row for row in rows if row[3] in (None, self.endpoint.name)]
        unsent = [row for row in rows if row[1] != "sent" and not self._is_being_sent(row[0])]
        for name in [name for name, state, *_ in unsent if state == "gathering"]:
            await self._forget(name, "gathering")  # it never went out
        lost = {name: _age_s(made_at, now) for name, state, _, _, made_at, now in unsent if state == "ours"}
        found = {name: endpoint_id for name, state, endpoint_id, *_ in rows if state == "sent"}
        if lost:
            found |= await self._look_for(lost)
        for name, endpoint_id in found.items():
            await self._look_at(name, endpoint_id)

    async def _look_at(self, name: str, endpoint_id: str) -> None:
        try:
            batch = await self.client.batches.retrieve(endpoint_id)
        except openai.NotFoundError:
            log.warning("batch %s: the endpoint no longer knows it; what it held is asked again", endpoint_id)
            await self._forget(name)
        except openai.APIError as error:
            log.warning("batch %s cannot be looked at now (%s); the next run does", endpoint_id, type(error).__name__)
        else:
            if batch.status in _OVER:
                await self._take_in(name, batch)

    def _is_being_sent(self, name: str) -> bool:
        """Its file is locked by a living run of this machine."""
        try:
            handle = os.open(self.folder / f"{name}.jsonl", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not lock(handle)
        finally:
            os.close(handle)

    async def _look_for(self, lost: dict[str, float]) -> dict[str, str]:
        """Batches whose run was killed while it sent them, by their ages; one that may still show up is left alone."""
        found: dict[str, str] = {}
        async for batch in self.client.batches.list(limit=100):
            if (name := (batch.metadata or {}).get("vwi")) in lost:
                found[str(name)] = batch.id
                await self._is_sent(str(name), batch.id)
            if found.keys() == lost.keys():
                break
        for name in lost.keys() - found.keys():
            if abs(lost[name]) < self.settles_s:
                log.warning("a batch is being sent, or was when its run ended: a run in %.0f s or more looks for it again", self.settles_s)
            else:
                await self._forget(name, "ours")
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
                writes = [self._line(key, subject_id, line, model, failed) for key, subject_id, line in new[at : at + _AT_ONCE]]
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

    def _line(self, key: str, subject_id: str, line: dict[str, Any], model: str, failed: "Counter[str]") -> list[Write]:
        """A completion is as one that was heard, once, whoever takes it in; a failure that stays so is a reply."""
        said, outcome = _said(line)
        if said:
            usd = self.purse.usd(model, said)
            said = replace(said, is_batched=True, usd=None if usd is None else usd * self.price_share)
            spent = spent_on(said)
            number = int(hashlib.sha256(orjson.dumps([key, line])).hexdigest()[:15], 16)
            return [Heard(key, subject_id, "first", said, exchange=number).write, (SETTLE, ("ok", spent.tokens, spent.usd, key))]
        failed[outcome] += 1
        settled = (SETTLE, (outcome, 0, 0.0, key))
        if outcome == "bad_request":
            self.refused.add(key)
        if outcome in (*PASSING, *FATAL, "bad_request"):
            return [settled]
        return [kept(key, subject_id, LlmReply(None, model, None, None, None, 0.0, 1, outcome, endpoint="batch")), settled]

    async def _lines(self, file_id: str | None) -> list[dict[str, Any]]:
        if file_id is None:
            return []
        content = await self.client.files.content(file_id)
        return list(_objects(content.content))

    async def _note(self, *writes: Write) -> None:
        await asyncio.wrap_future(self.spool.write(list(writes)))


def _age_s(made_at: str, now: str) -> float:
    """Both by the clock of the book's database."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(made_at)).total_seconds()


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects; a cut one is as good as none."""
    for line in content.split(b"\n"):
        said = read_json(line)
        if isinstance(said, dict):
            yield said


def _said(line: dict[str, Any]) -> tuple[Completion | None, str]:
    """The completion, or the class of the line's failure."""
    response = _object(line, "response")
    body, status = _object(response, "body"), response.get("status_code")
    if status == 200:
        said = completion_of(body)
        return said, "ok" if said else "server_error"
    code = (_object(body, "error") or _object(line, "error")).get("code")
    return None, status_outcome(status, str(code)) if isinstance(status, int) else "server_error"


def _object(said: dict[str, Any], name: str) -> dict[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}
