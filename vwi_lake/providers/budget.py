"""What all model calls on a lake may cost together; at a limit the asking stops, and what is under way is kept."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

from vwi_lake.errors import VwiError
from vwi_lake.providers.llm_reply import POSSIBLY_PAID, Completion
from vwi_lake.providers.openai_llm import Asked, Ticket
from vwi_lake.providers.prices import Price, Prices
from vwi_lake.providers.spool import Heard, Spent, Spool
from vwi_lake.settings import BudgetSettings


class Purse:
    """The meter of OpenAiLlm: notes each attempt in the spool, and lets none begin that the budget has no room for."""

    def __init__(self, limits: BudgetSettings, spool: Spool, prices: Prices) -> None:
        self.limits, self.spool, self.prices = limits, spool, prices
        self.spent, self.held = spool.spent(), Spent()
        self.gathered = Spent()  # for batches, and not noted in the book yet
        self.changed = asyncio.Event()
        self.full: str | None = None  # in words, once a batch found no room
        self.looked_at = 0.0  # when what other workers spend was last looked up

    @property
    def reached(self) -> str | None:
        """The limit that is reached, in words."""
        spent, limits = self.spent, self.limits
        pairs = {"calls": (spent.calls, limits.calls), "tokens": (spent.tokens, limits.tokens), "usd": (spent.usd, limits.usd)}
        for name, (used, limit) in pairs.items():
            if limit is not None and used >= limit:
                told = f"{used:,.2f} of {limit:,.2f}" if name == "usd" else f"{used:,} of {limit:,}"
                return f"the budget is reached ({told} {name} on this lake): what is left waits. Raise [budget] {name} and run again"
        return None

    def recall(self, asked: Asked, turn: str) -> Completion | None:
        return self.spool.recall(asked.key, turn)

    async def start(self, asked: Asked, turn: str) -> Ticket | None:
        bound = self._bound(asked)
        await self._look_at_others()
        while not self._has_room(bound):
            if self.reached or self.held.calls == 0:  # what has gathered for a batch makes no room in this run
                return None
            self.changed.clear()
            await self.changed.wait()
        self.held += bound
        return Ticket(asked, turn, self.spool.sent(asked.key, bound), bound)

    async def _look_at_others(self) -> None:
        """What other workers spent, and may yet spend on what is under way; as of a second ago at most, so that much may go beyond."""
        if self.limits == BudgetSettings() or not self.spool.is_shared or time.monotonic() < self.looked_at + 1.0:
            return
        self.looked_at = time.monotonic()
        await asyncio.wrap_future(self.spool.write([]))
        total, mine = await asyncio.to_thread(self.spool.spent), self.held
        seen = Spent(total.calls - mine.calls, total.tokens - mine.tokens, total.usd - mine.usd)
        spent = self.spent
        self.spent = Spent(max(spent.calls, seen.calls), max(spent.tokens, seen.tokens), max(spent.usd, seen.usd))

    def _has_room(self, bound: Spent) -> bool:
        """One that might go beyond the limit waits until it is alone: then it is known what the others cost."""
        if self.reached:
            return False
        most = self.spent + self.held + self.gathered + bound
        is_alone = self.held.calls == self.gathered.calls == 0
        return self._fits(most) or (is_alone and (self.limits.calls is None or most.calls <= self.limits.calls))

    def _fits(self, most: Spent) -> bool:
        limits = self.limits
        pairs = ((most.calls, limits.calls), (most.tokens, limits.tokens), (most.usd, limits.usd))
        return all(limit is None or used <= limit for used, limit in pairs)

    async def book(self, asked: Asked, price_share: float) -> Spent | None:
        """Room for a request of a batch, kept until it is sent; None where there is none: nobody waits for a batch."""
        bound = self._bound(asked)
        bound = Spent(1, bound.tokens, bound.usd * price_share)
        await self._look_at_others()
        if not self._fits(self.spent + self.held + self.gathered + bound):
            self.full = self.reached or "the budget has no room for more requests of a batch: raise [budget] and run again"
            return None
        self.gathered += bound
        return bound

    def beyond(self, sent: dict[str, Spent]) -> set[str]:
        """Of requests that the book has as sent, the last ones that go beyond a limit: others note theirs in it too."""
        total, found = self.spool.spent(), set[str]()
        for key in reversed(sent):
            if self._fits(total):
                break
            total -= sent[key]
            found.add(key)
        return found

    def heard(self, ticket: Ticket, said: Completion) -> Completion:
        priced = replace(said, usd=self.usd(ticket.asked.model, said))
        spent = spent_on(priced)
        self.spool.heard(Heard(ticket.asked.key, ticket.asked.subject_id, ticket.turn, priced, ticket.number), spent)
        self._settle(ticket, spent)
        return priced

    def end(self, ticket: Ticket, outcome: str) -> None:
        spent = ticket.bound if outcome in POSSIBLY_PAID else Spent(1)
        self.spool.came(ticket.number, outcome, spent)
        self._settle(ticket, spent)

    def _settle(self, ticket: Ticket, spent: Spent) -> None:
        ticket.is_open = False
        self.held -= ticket.bound
        self.spent += spent
        self.changed.set()

    def usd(self, model: str, said: Completion) -> float | None:
        price = self._price(model)
        if price is None or said.prompt_tokens is None:
            return None
        return price.usd(said.prompt_tokens, said.completion_tokens, said.cached_tokens)

    def _bound(self, asked: Asked) -> Spent:
        price = self._price(asked.model)
        return Spent(1, asked.tokens, price.usd(asked.tokens - asked.max_tokens, asked.max_tokens) if price else 0.0)

    def _price(self, model: str) -> Price | None:
        price = self.prices.of(model, datetime.now(UTC).date())
        if price is None and self.limits.usd is not None:
            raise VwiError(f'[budget] usd cannot be kept without a price of {model}: add [llm.prices] "{model}" = [prompt, completion]')
        return price


def spent_on(said: Completion) -> Spent:
    return Spent(1, (said.prompt_tokens or 0) + (said.completion_tokens or 0), said.usd or 0.0)
