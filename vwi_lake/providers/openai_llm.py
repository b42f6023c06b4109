"""Any endpoints that speak the OpenAI chat protocol. Failures are values; each attempt is ours to count, none is hidden."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from vwi_lake.errors import VwiError
from vwi_lake.providers.llm_endpoint import Attempt, Endpoint
from vwi_lake.providers.llm_ladder import Form, Messages, fault_of, repaired, written
from vwi_lake.providers.llm_reply import POSSIBLY_PAID, RETRIES, Choice, Completion, LlmReply
from vwi_lake.providers.spool import Spent

_LONGEST_WAIT_S = 60.0  # a Retry-After beyond this is left to a later run
_CHECK_S = 20.0  # to say whether it is there, whatever its replies may take
_FAULTS = ("wrong_schema", "invalid_json")  # one more turn may mend these


@dataclass(frozen=True)
class Asked:
    """A request, ready to be sent: images are data URLs here."""

    model: str
    messages: Messages
    schema: dict[str, Any] | None = None
    max_tokens: int = 4096
    temperature: float = 0.0
    seed: int | None = None
    key: str = ""  # the request's hash, for those who count
    subject_id: str = ""  # what it is about, likewise

    @property
    def tokens(self) -> int:
        """What it may use at most, roughly: four characters a token, 800 an image, and the reply."""
        return sum(map(_size, self.messages)) // 4 + self.max_tokens

    def body(self, messages: Messages, n: int) -> dict[str, Any]:
        more = ({"seed": self.seed} if self.seed is not None else {}) | ({"n": n} if n > 1 else {})
        return {"model": self.model, "messages": messages, "max_tokens": self.max_tokens, "temperature": self.temperature, **more}


def _size(message: dict[str, Any]) -> int:
    content = message["content"]
    parts = [{"text": content}] if isinstance(content, str) else content
    return sum(len(part["text"]) if "text" in part else 3200 for part in parts)


@dataclass
class Ticket:
    """Leave to make one attempt, until it is known what came of it."""

    asked: Asked
    turn: str  # first | repair | `4 at once` | `first 2`, where several are asked for one by one
    number: int = 0
    bound: Spent = field(default_factory=Spent)
    is_open: bool = True


class Meter(Protocol):
    """Counts attempts, and remembers what was heard."""

    def recall(self, asked: Asked, turn: str) -> Completion | None:
        """A completion that an earlier run heard and made nothing of."""

    async def start(self, asked: Asked, turn: str) -> Ticket | None:
        """None: no more attempts may be made."""

    def heard(self, ticket: Ticket, said: Completion) -> Completion:
        """With its price, and written down."""

    def end(self, ticket: Ticket, outcome: str) -> None:
        """Of an attempt that nothing was heard on."""


class Free:
    """Counts nothing, remembers nothing, allows everything."""

    def recall(self, asked: Asked, turn: str) -> Completion | None:
        return None

    async def start(self, asked: Asked, turn: str) -> Ticket | None:
        return Ticket(asked, turn)

    def heard(self, ticket: Ticket, said: Completion) -> Completion:
        return said

    def end(self, ticket: Ticket, outcome: str) -> None:
        pass


@dataclass
class _Course:
    """What one request has come to so far, all attempts together."""

    asked: Asked
    started: float = field(default_factory=time.monotonic)
    failures: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    usd: float | None = None
    model: str | None = None
    form: Form = field(default_factory=Form)
    endpoint: str | None = None

    def add(self, attempt: Attempt) -> None:
        self.attempts += 1
        if attempt.outcome != "ok":
            self.failures[attempt.outcome] += 1
        if said := attempt.completion:
            self.model = said.model or self.model
            self.prompt_tokens = _sum(self.prompt_tokens, said.prompt_tokens)
            self.completion_tokens = _sum(self.completion_tokens, said.completion_tokens)
            self.cached_tokens = _sum(self.cached_tokens, said.cached_tokens)
            self.usd = said.usd if self.usd is None else self.usd + (said.usd or 0.0)

    def replies(self, choices: list[Choice]) -> list[LlmReply]:
        """One for each choice; the first bears the prompt, and the attempts, since they were paid once."""
        shares = _shares(self.completion_tokens, len(choices))
        whole = LlmReply(
            text=None,
            model=self.model or self.asked.model,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=None,
            cached_tokens=self.cached_tokens,
            latency_s=time.monotonic() - self.started,
            attempts=self.attempts,
            outcome="",
            possibly_paid=sum(self.failures[outcome] for outcome in POSSIBLY_PAID),
            form=self.form.rung if self.asked.schema else None,
            endpoint=self.endpoint,
            cost_usd=self.usd,
        )
        rest = replace(
            whole,
            prompt_tokens=self.prompt_tokens and 0,
            cached_tokens=self.cached_tokens and 0,
            cost_usd=self.usd and 0.0,
            attempts=0,
            possibly_paid=0,
        )
        return [replace(rest if i else whole, text=c.text, outcome=c.outcome, completion_tokens=shares[i]) for i, c in enumerate(choices)]


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a + (b or 0)


def _shares(total: int | None, n: int) -> list[int | None]:
    if total is None:
        return [None] * n
    return [total // n + (i < total % n) for i in range(n)]


class OpenAiLlm:
    """Requests go to the endpoints by their shares; what a server refuses to read is left out of the next."""

    def __init__(self, endpoints: list[Endpoint], meter: Meter | None = None, backoff_s: float = 1.0) -> None:
        self.endpoints, self.meter, self.backoff_s = endpoints, meter or Free(), backoff_s

    def __repr__(self) -> str:
        return f"OpenAiLlm({', '.join(e.name for e in self.endpoints)})"

    async def close(self) -> None:
        for endpoint in self.endpoints:
            await endpoint.client.close()

    async def complete(self, asked: Asked, n: int = 1) -> list[LlmReply]:
        """`n` replies to one request, in one go where the server can do that."""
        if n == 1:
            return await self._complete(asked, 1, "first")
        if "n" not in self._endpoint().form(asked.model).refused:
            replies = await self._complete(asked, n, f"{n} at once")
            missing = n - len(replies) if replies[0].outcome == "ok" else 0
        else:
            replies, missing = [], n
        singly = await asyncio.gather(*(self._complete(asked, 1, f"first {place}") for place in range(missing)))
        return replies + [reply for one in singly for reply in one]

    async def _complete(self, asked: Asked, n: int, turn: str) -> list[LlmReply]:
        course = _Course(asked)
        choices = await self._choices(course, asked.messages, n, turn)
        if asked.schema is not None and n == 1 and choices[0].outcome == "ok":
            choices = [await self._fitting(course, choices[0])]
        return course.replies(choices)

    async def _fitting(self, course: _Course, choice: Choice) -> Choice:
        """The reply where it fits the schema, else what one turn of repair makes of it."""
        schema, text = course.asked.schema or {}, choice.text or ""
        fault = fault_of(text, schema)
        if fault is None:
            return choice
        if fault not in _FAULTS:
            return replace(choice, outcome=fault)
        mended = (await self._choices(course, repaired(course.asked.messages, text, fault, schema), 1, "repair"))[0]
        if mended.outcome != "ok":
            return mended
        again = fault_of(mended.text or "", schema)
        if again is None:
            self._remember_to_spell_out(course)
        return replace(mended, outcome=again or "ok")

    def _remember_to_spell_out(self, course: _Course) -> None:
        """A server that takes a schema and does not heed it: told in words it may need no repair."""
        for endpoint in self.endpoints:
            if endpoint.name == course.endpoint and (lower := course.form.lower()):
                endpoint.forms[course.asked.model] = lower

    async def _choices(self, course: _Course, messages: Messages, n: int, turn: str) -> list[Choice]:
        attempt = await self._until_answered(course, course.asked.body(messages, n), turn)
        if attempt.completion is None:
            return [Choice(attempt.outcome, None)]
        return attempt.completion.choices[:n] or [Choice("empty_choices", None)]

    async def _until_answered(self, course: _Course, request: dict[str, Any], turn: str) -> Attempt:
        """Ask until there is an answer, or until asking again would not help."""
        asked, endpoint, form = course.asked, None, Form()
        if said := self.meter.recall(asked, turn):
            attempt = Attempt("ok", said)
            course.add(attempt)
            course.endpoint = "batch" if said.is_batched else None
            return attempt
        attempt = Attempt("budget_reached")
        while True:
            if endpoint is None:
                endpoint = self._endpoint()
                form = endpoint.form(asked.model)
            ticket = await self.meter.start(asked, turn)
            if ticket is None:
                return attempt
            sent = written(request, asked.schema, form)
            attempt = Attempt("timeout")  # what a cancelled one counts as
            try:
                attempt = await endpoint.attempt(sent, asked.tokens, partial(self.meter.heard, ticket))
            finally:
                if ticket.is_open:
                    self.meter.end(ticket, attempt.outcome)
            course.add(attempt)
            course.form, course.endpoint = form, endpoint.name
            if attempt.outcome == "bad_request" and (other := form.without(attempt.message, attempt.code, set(sent))):
                form = other
                continue
            endpoint.is_spent |= attempt.outcome == "quota"
            if attempt.completion:
                self._learn(endpoint, asked.model, form, attempt, request.get("n", 1))
                return attempt
            if attempt.outcome == "quota" and not all(e.is_spent for e in self.endpoints):
                endpoint = None
                continue
            if not await self._worth_waiting(attempt, course):
                return attempt
            endpoint = None

    def _learn(self, endpoint: Endpoint, model: str, form: Form, attempt: Attempt, n: int) -> None:
        assert attempt.completion is not None
        if 0 < len(attempt.completion.choices) < n:  # it passed over `n` without a word
            form = replace(form, refused=form.refused | {"n"})
        endpoint.forms[model] = form

    async def _worth_waiting(self, attempt: Attempt, course: _Course) -> bool:
        """Waits as long as the server asked for, and never less than a backoff with jitter."""
        tries = course.failures[attempt.outcome]
        if tries > RETRIES.get(attempt.outcome, 0) or (attempt.wait_s or 0.0) > _LONGEST_WAIT_S:
            return False
        backoff_s = min(_LONGEST_WAIT_S, self.backoff_s * 2 ** (tries - 1)) * random.uniform(1.0, 1.5)  # noqa: S311 - guards no secret
        await asyncio.sleep(max(backoff_s, attempt.wait_s or 0.0))
        return True

    def _endpoint(self) -> Endpoint:
        """Of those that have quota left and are not told to wait, the one furthest behind its share."""
        alive = [e for e in self.endpoints if not e.is_spent] or self.endpoints
        free = [e for e in alive if e.pace.held_until <= e.pace.clock()]
        return min(free or alive, key=lambda e: e.sent / e.share if free else e.pace.held_until)


async def check(llm: OpenAiLlm) -> None:
    """Before anything is spent: is somebody there, and is the key taken? A server without a list of models passes."""
    import openai

    for endpoint in llm.endpoints:
        try:
            async with asyncio.timeout(_CHECK_S):
                await endpoint.client.with_options(max_retries=1, timeout=_CHECK_S / 2).models.list()
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise VwiError(wrong_key(endpoint.name)) from None
        except openai.APIStatusError:
            continue
        except (openai.APIConnectionError, TimeoutError):
            raise VwiError(f"no LLM endpoint answers at {endpoint.name}: start it, or correct OPENAI_BASE_URL") from None


def wrong_key(name: str) -> str:
    return (
        f"the LLM endpoint {name} refused the key: set OPENAI_API_KEY (and OPENAI_BASE_URL for another endpoint), "
        "or the key that [[llm.endpoints]] names, and run again"
    )
