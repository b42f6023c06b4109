"""Answers whose questions stand on another page of the site: what a key tells by number, and which links lead to a key or back."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from vwi_lake.qa.headings import numbers_in
from vwi_lake.qa.keys import key_items, letters_in
from vwi_lake.qa.labels import QUESTIONS, in_link
from vwi_lake.qa.leadins import lead_in, names_key, names_question, names_section
from vwi_lake.qa.questions import Question, Span
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.sections import TITLE_END
from vwi_lake.qa.words import WORDS
from vwi_lake.web.document import Node
from vwi_lake.web.urls import canonical, page_key

MOST_LINKS = 200  # a page
LINK_TEXT = 80  # characters at most


@dataclass(frozen=True, slots=True)
class Link:
    """A link that says it leads to answers, or on a page of answers to questions; `address` is its target's page_key."""

    address: str
    text: str
    says: str  # answers | questions


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that no question of its page claims: a span, or of letters in a line `answer`; `head` is where its number stands."""

    number: str
    head: int
    span: Span
    answer: str = ""


def _answer_words() -> Iterator[str]:
    """What heads a key in each language, with its singular; proofs and explanations are not named by it."""
    for language, row in WORDS["key"].items():
        heads = row.split("|")
        yield from heads
        yield from (word for word in WORDS["solution"].get(language, "").split("|") if any(head[:4] == word[:4] for head in heads))


_WORDS = "|".join(re.escape(word) for word in sorted(set(_answer_words()), key=lambda word: (-len(word), word)) if len(word) > 1)
_HAN = r"[\u3040-\u9fff]"
_ANSWERS = re.compile(
    rf"(?<![^\W\d_])ה?(?:{_WORDS})(?![^\W\d_])|{_HAN}(?:{_WORDS})(?!{_HAN})|[가-힣](?:{_WORDS})"
    r"|(?<![^\W\d_])lösungs(?:blatt|bogen|heft|buch|skizze|hinweise|vorschläge)\w*",
    re.IGNORECASE,
)
_AND = re.compile(
    r"[&+/,;，；与和及與]|(?<![^\W\d_])(?:and|und|et|y|e|en|i|och|og|ja|и|та|ve|và|dan|with|mit|avec|con|com|с)(?![^\W\d_])", re.IGNORECASE
)


def names_answers(text: str) -> bool:
    """ "See the solutions", "Lösungsblatt 3", 参考答案"""
    return len(text) <= LINK_TEXT and bool(_ANSWERS.search(text))


def is_key(page: Page) -> bool:
    """Does the page's first heading or else its title name answers alone, not "Exercises and solutions"?"""
    return any(names_answers(title) and not _AND.search(title) for title in titles(page))


def is_key_to(page: Page) -> bool:
    """Does it say to which questions? "Answers to sheet 3", not just "Solutions", which chemists know as well."""
    return any(
        names_answers(title) and not _AND.search(title) and bool(numbers_in(title) or names_section(title) or names_question(title))
        for title in titles(page)
    )


def titles(page: Page) -> list[str]:
    first = next((line.text for line in page.lines if line.level == 1), "")
    return [text for text in (first, TITLE_END.split(page.tree.title)[0]) if text]


def told_apart(page: Page, questions: Sequence[Question], regions: Sequence[Region]) -> list[Told]:
    """The numbered answers of keys and of solutions that nothing on the page asks for."""
    spans = [span for q in questions for span in ((q.start, q.stop), *q.solutions)]
    spans.sort()
    starts, reach = [start for start, _ in spans], list(accumulate((stop for _, stop in spans), max))
    found: dict[tuple[int, str], Told] = {}
    for region in regions:
        for told in told_in(page, region):
            k = bisect_right(starts, told.span[0]) - 1
            if (k < 0 or reach[k] <= told.span[0]) and not (told.answer and any(q.answers for q in questions)):
                found.setdefault((told.span[0], told.number), told)
    return list(found.values())


def told_in(page: Page, region: Region) -> Iterator[Told]:
    if region.kind not in ("key", "solution"):
        return
    items, letters = key_items(page, region), letters_in(page, region)
    heads = page.labels[page.first(region.start) : page.first(region.body) + 1]
    if len(letters) > len(items):
        yield from (Told(number, region.body, (region.body, region.stop), letter) for number, letter in letters.items())
    elif items:
        yield from (Told(number, span[0], span) for number, span in items if not leads_elsewhere(page, span))
    elif number := next((label.number for label in heads if label and label.number and not names_key(label.word)), ""):
        yield Told(number, region.start, (region.body, region.stop))


def leads_elsewhere(page: Page, span: Span) -> bool:
    """A table of contents: all that stands there are links to other pages."""
    return all(in_link(page.tree, line.start) for line in page.between(*span) if line.text)


def links_of(page: Page, has_answers: bool) -> list[Link]:
    """Links that say "Answers"; on a page with answers those that name questions, too."""
    own = address_of(page, "")
    found: dict[str, Link] = {}
    for node in page.tree.nodes:
        href = node.attrs.get("href") if node.tag == "a" else None
        if not href or href[0] == "#":
            continue
        text = text_of(page, node)
        says = "answers" if names_answers(text) else "questions" if has_answers and names_questions(text) else ""
        address = address_of(page, href) if says else ""
        if address and address != own:
            found.setdefault(address, Link(address, text, says))
        if len(found) == MOST_LINKS:
            break
    return list(found.values())


def names_questions(text: str) -> bool:
    label = lead_in(text, True)
    return bool(label and label.kind in (*QUESTIONS, "section")) or names_section(text) or names_question(text)


def text_of(page: Page, link: Node) -> str:
    """What a link says, in words or by its picture; where that names no answers, which attribute does."""
    nodes = page.tree.nodes[link.index : min(link.end, link.index + 20)]
    said = "".join([*(node.text for node in nodes), *(node.image.alt for node in nodes if node.image)])
    told = [" ".join(text.split()) for text in (said, *(link.attrs.get(name) or "" for name in ("title", "aria-label", "rel")))]
    return next(filter(names_answers, told), told[0])


def address_of(page: Page, href: str) -> str:
    try:
        return page_key(canonical(href, page.tree.base or page.tree.url))
    except ValueError:
        return ""
