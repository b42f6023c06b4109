"""Content that a page shows step by step, a question at a time: press what can be pressed while the page moves on.

Nothing here knows a site, a name or a word: a target is what reacts to a click and leads to no other page. A press that leaves the
step as it was is followed by the next target; one that replaces what is shown ends the step. Requests other than GET are refused
elsewhere, so nothing is ever sent in.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vwi_lake.web.steps import Step, is_status

if TYPE_CHECKING:
    from playwright.async_api import Page

MOST_STEPS = 150
MOST_PRESSES = 600
MOST_CHARS = 400_000  # of a page that is walked
MOST_TARGETS = 40  # a page with more is no step of a sequence
WAIT_MS = (2_000, 2_500)  # of the page's time, for a step to give way to the next
USELESS = 8  # presses that never led to a new step, after which that target is left alone
MUCH_TEXT = 15  # letters that go make a new step; fewer are a notice that changed

Blocks = frozenset[str]
Key = tuple[str, str]  # where the target stands and what it says


class Visit(Protocol):
    left: int  # times the page tried to go elsewhere

    async def settle(self, page: "Page", most_ms: int) -> None: ...


@dataclass
class Walker:
    page: "Page"
    visit: Visit
    until: float  # a time.monotonic()
    seen: set[Blocks] = field(default_factory=set)
    useless: Counter[Key] = field(default_factory=Counter)
    useful: set[Key] = field(default_factory=set)
    presses: int = 0

    async def steps(self) -> list[Step]:
        """What the page shows, first step to last; a single one where nothing moves it on."""
        found: list[Step] = []
        while len(found) < MOST_STEPS:
            found.append(step := await self.step())
            if not step.moved_on or step.was_last:
                break
        return found

    async def step(self) -> Step:
        """Press one target after the other; the step is what is shown just before the next takes its place."""
        html, shown = await self.page.evaluate("__vwi.html()"), await self.blocks()
        self.seen.add(shown)
        pressed: list[Key] = []
        first: set[Key] | None = None
        while len(html) < MOST_CHARS and self.presses < MOST_PRESSES and time.monotonic() < self.until:
            targets = await self.targets()
            first = set(targets) if first is None else first
            number = self.choose(targets, first, pressed)
            if number is None:
                break
            key = targets[number]
            pressed.append(key)
            result = await self.press(number, shown)
            if result is None:
                continue
            html, now, is_leaving = result
            if is_leaving or (replaces(shown, now) and now not in self.seen):
                self.useful.add(key)
                return _finished(html, targets, pressed, is_leaving)
            if now in self.seen and now != shown:
                self.useless[key], shown = USELESS, now  # leads back
            else:
                self.useless[key] += 1
        return Step(html)

    def choose(self, targets: list[Key], first: set[Key], pressed: list[Key]) -> int | None:
        """The next target not pressed in this step; those that a press brought come first."""
        if len(targets) > MOST_TARGETS:
            return None
        left = [n for n, key in enumerate(targets) if key not in pressed and (key in self.useful or self.useless[key] < USELESS)]
        return min(left, key=lambda n: (targets[n] in first, n), default=None)

    async def press(self, number: int, before: Blocks) -> tuple[str, Blocks, bool] | None:
        """The page as it was when what it showed went, what is shown now, and whether it tries to go elsewhere."""
        self.presses += 1
        left = self.visit.left
        result = await self.page.evaluate("number => __vwi.press(number)", number)
        if result is None:
            return None
        html = result["before"] if replaces(before, _told(result["blocks"])) else result["after"]
        for wait_ms in WAIT_MS:
            await self.page.clock.run_for(wait_ms)
            now = await self.blocks()
            if now != before:
                await self.visit.settle(self.page, WAIT_MS[0])
                now = await self.blocks()
                break
        return html, now, self.visit.left > left

    async def blocks(self) -> Blocks:
        return _told(await self.page.evaluate("__vwi.blocks()"))

    async def targets(self) -> list[Key]:
        return [(target["group"], target["text"]) for target in await self.page.evaluate("__vwi.targets()")]


def replaces(before: Blocks, now: Blocks) -> bool:
    """Has something gone and something else come, and more than a short notice?"""
    gone, come = before - now, now - before
    return bool(come) and (len(gone) > 1 or any(len(text) >= MUCH_TEXT or text.startswith("img ") for text in gone))


def _told(blocks: list[str]) -> Blocks:
    return frozenset(text for text in blocks if not is_status(text))


def _finished(html: str, targets: list[Key], pressed: list[Key], is_leaving: bool) -> Step:
    group = pressed[-1][0]
    alike = sum(1 for other, _ in targets if other == group)
    refused = sum(1 for other, _ in pressed[:-1] if other == group)
    return Step(html, moved_on=True, was_last=is_leaving, took=pressed[-1][1], is_choice=alike > 1, refused=refused)
