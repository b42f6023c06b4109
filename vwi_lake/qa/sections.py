"""Sections that announce questions, by headings, bold lines, classes or the page's title, and the numbered items in them."""

import re
import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from vwi_lake.qa.choices import LETTERED
from vwi_lake.qa.commands import commanded, commands
from vwi_lake.qa.faq import TELLS, answered_titles
from vwi_lake.qa.labels import ASIDES, QUESTIONS, in_link
from vwi_lake.qa.leadins import lead_in, names_key, names_question, names_section
from vwi_lake.qa.lines import BARE, QUESTION_MARKS, Line, leading_number
from vwi_lake.qa.numbered import Item, announces, is_within, items_between, typed_in
from vwi_lake.qa.questions import Question, Span
from vwi_lake.qa.regions import Page, Region
from vwi_lake.web.document import Node

TITLE_END = re.compile(r"\s+[|–—-]\s+")  # what follows is the site's name


def section_items(page: Page, regions: Sequence[Region], taken: Sequence[Question]) -> list[Question]:
    """Numbered items under a heading that announces questions."""
    found: dict[int, Question] = {}
    shut = [(r.start, r.stop) for r in regions if r.kind in ASIDES]
    asides = [start for start, _ in shut]
    spans = [(q.start, q.stop) for q in taken] + [(r.start, r.stop) for r in regions if r.kind in (*ASIDES, "key")]
    spans.sort()
    begun = [q.start for q in taken]
    for start, stop, least in sections(page, regions):
        told = [answer for title, answer in answered_titles(page, start, stop) if not leading_number(page.lines[page.first(title)])]
        items = [item for item in items_between(page, start, stop, shut) if is_asking(page, item)]
        if len(told) > 1:  # what is counted below titles that ask belongs to their answers
            items = [item for item in items if not is_within(told, item.start)]
        if len(items) < least or is_schedule(page, items):
            continue
        solved = [(0, 0) if bisect_left(asides, item.start) < bisect_left(asides, item.stop) else solved_by(page, item) for item in items]
        if not any(stop > start for start, stop in solved):
            solved = answered_alike(page, items)
        if 2 * sum(stop > start for start, stop in solved) < len(items):
            solved = [(0, 0)] * len(items)
        if 3 * sum(stop > start or is_telling(page, item) for item, (start, stop) in zip(items, solved, strict=True)) >= 2 * len(items) > 2:
            solved = [
                span if span[1] or not page.lines[page.first(item.body)].is_title else below_title(page, item)
                for item, span in zip(items, solved, strict=True)
            ]
        for item, (since, until) in zip(items, solved, strict=True):
            if not overlaps(page, spans, item) and not (item.form in ("li", "tr") and holds_question(begun, item)):
                question = Question(item.start, item.stop, item.body, item.number, "numbered_list")
                if until > since:
                    question.asides, question.solutions = [Region("solution", since, until, since, "", "")], [(since, until)]
                found.setdefault(item.start, question)
    held = sorted((q.start, q.stop) for q in found.values())
    firsts, reach = [start for start, _ in held], list(accumulate((stop for _, stop in held), max))
    for item in keyed(page, regions):
        k = bisect_left(firsts, item.stop)
        apart = k == 0 or reach[k - 1] <= item.start
        if apart and not overlaps(page, spans, item) and not holds_question(begun, item):
            found[item.start] = Question(item.start, item.stop, item.body, item.number, "numbered_list")
    for item in further(page, list(found.values()), [start for start, _ in spans]):
        found.setdefault(item.start, Question(item.start, item.stop, item.body, item.number, "numbered_list"))
    return drop_nested(sorted(found.values(), key=lambda q: (q.start, -q.stop)))


def further(page: Page, found: Sequence[Question], spans: Sequence[int]) -> list[Item]:
    """Under titles that announce nothing, the terms or rows that go on counting after the last item of a set."""
    last = max(found, key=lambda q: q.start, default=None)
    form = page.tree.nodes[last.start].tag if last else ""
    if not last or form not in ("dt", "tr") or not last.number.isdigit():
        return []
    k = bisect_left(spans, last.stop)
    items = [item for item in items_between(page, last.stop, spans[k] if k < len(spans) else len(page.tree.nodes)) if item.form == form]
    return [item for n, item in enumerate(items, int(last.number) + 1) if item.number == str(n) and is_asking(page, item)]


def keyed(page: Page, regions: Sequence[Region]) -> list[Item]:
    """The items that a key further down answers one by one, under whatever title."""
    for region in regions:
        label = page.labels[page.first(region.start)]
        if region.kind not in ("key", "solution") or not label or not names_key(label.word) or region.cue == "exercise_class":
            continue
        told = [item.number for item in items_between(page, region.body, region.stop)]
        if len(told) < 2:
            continue
        numbers = frozenset(told)
        items = [item for item in items_between(page, 0, region.start) if item.number in numbers and is_asking(page, item)]
        if [item.number for item in items] == told:
            return items
    return []


def solved_by(page: Page, item: Item) -> Span:
    """What answers a title that asks: the last block of code under it, or all of it under a question mark."""
    head, *lines = page.between(item.body, item.stop)
    if typed := typed_in(page, item):
        return typed
    if not (head.is_title or BARE.match(head.lead)) or (not head.is_title and head.text.endswith(("?", "？", ":", "："))):
        return 0, 0
    if lines and head.text.rstrip(" )*★☆").endswith(QUESTION_MARKS) and not lines[0].raw:
        return lines[0].start, item.stop
    code = [node for node in page.tree.nodes[item.start : item.stop] if node.tag == "pre"]
    last = lines[-1] if lines else head
    return (code[-1].index, item.stop) if code and code[-1].end >= last.stop else (0, 0)


def answered_alike(page: Page, items: Sequence[Item]) -> list[Span]:
    """Where each of several items asks in one line and goes on in paragraphs that ask nothing, those answer."""
    found: list[Span] = []
    for item in items:
        head, *below = page.between(item.body, item.stop)
        asks = head.text.endswith(QUESTION_MARKS)
        told = all(line.block.tag == "p" and not line.text.endswith((*QUESTION_MARKS, ":", "：")) for line in below)
        if not asks or not below or not told or any(LETTERED.match(line.text) for line in below):
            return [(0, 0)] * len(items)
        found.append((below[0].start, item.stop))
    return found if len(found) > 2 else [(0, 0)] * len(items)


def is_telling(page: Page, item: Item) -> bool:
    """A title that says what to tell, as those beside it ask."""
    head = page.lines[page.first(item.body)]
    return head.is_title and bool(TELLS.match(head.text.lstrip(" 0123456789.)、")))


def below_title(page: Page, item: Item) -> Span:
    """What answers one title where those beside it are answered by what stands below: all but the figures right under it."""
    spoken = [line for line in page.between(item.body, item.stop)[1:] if line.text]
    return (spoken[0].start, item.stop) if spoken else (0, 0)


_DATED = re.compile(
    r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(?:january|february|march|april|may|june"
    r"|july|august|september|october|november|december) \d",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"privacy|cookie|terms of|datenschutz|impressum|privacidad|privacidade|confidentialité|конфиденциальност|隐私|プライバシー", re.I
)


def is_schedule(page: Page, items: Sequence[Item]) -> bool:
    """Items that all have a time or a date, and none of which asks."""
    texts = [" ".join(line.text for line in page.between(item.body, item.stop)) for item in items]
    return all(_DATED.search(text) and not re.search(r"[?？؟]", text) for text in texts)


def drop_nested(questions: list[Question]) -> list[Question]:
    kept: list[Question] = []
    for question in questions:
        if not kept or question.start >= kept[-1].stop:
            kept.append(question)
    return kept


def sections(page: Page, regions: Sequence[Region]) -> list[tuple[int, int, int]]:
    """Spans that hold questions, and how many items they must have to be believed."""
    found = [(r.body, r.stop, 1) for r in regions if r.kind == "section" and not is_plight(page, r)]
    found += [(r.body, r.stop, 2) for r in regions if r.kind == "group" or (r.kind in ("question", "exercise") and announces(page, r))]
    found += [(start, stop, 2) for start, stop in titled_spans(page)]
    if not any(r.kind in QUESTIONS for r in regions):  # a page that names its tasks names them all
        found += [(start, stop, 3) for start, stop in commanded(page, [(r.start, r.stop) for r in regions if r.kind in ASIDES])]
    titles = [line for line in page.lines if (line.level or is_bold(line)) and line.text.endswith(("?", "？"))]
    asked = Counter(line.level for line in titles if leading_number(line))
    if _LEGAL.search(f"{page.tree.title} {next((line.text for line in page.lines if line.level == 1), '')}"):
        return found
    if names_section(set_title(page.tree.title)) or max(asked.values(), default=0) > 2:
        found.append((0, len(page.tree.nodes), 3))
    return found


_SOLVED = re.compile(r"(?:with|mit|avec|con|com|с)\W+(\w+)\W*$", re.IGNORECASE)


def is_plight(page: Page, region: Region) -> bool:
    """ "Challenges" that ask nothing: those of the world."""
    label = page.labels[page.first(region.start)]
    lines = page.between(region.body, region.stop) if label and label.word == "challenges" else []
    return bool(lines) and not any("?" in line.text or commands(line.text) for line in lines)


def set_title(title: str) -> str:
    """A page's title without the site's name and what it promises: "Exercises_with_solutions" is "Exercises"."""
    own = re.sub(r"[_-]", " ", TITLE_END.split(title)[0])
    promised = _SOLVED.search(own)
    return own[: promised.start()].strip() if promised and names_key(promised[1].lower()) else own


def titled_spans(page: Page) -> Iterator[Span]:
    """What stands below headings and bold lines that name sets of questions, down to the next such line or their answers."""
    for i, line in enumerate(page.lines):
        if (line.level or is_bold(line)) and not page.labels[i] and names_section(line.text):
            yield line.stop, next((page.starts[j] for j in range(i + 1, len(page.lines)) if ends_set(page, line, j)), len(page.tree.nodes))


def ends_set(page: Page, title: Line, j: int) -> bool:
    line, label = page.lines[j], page.labels[j]
    if title.level or line.level:
        return 0 < line.level <= (title.level or 7)
    return is_bold(line) and (names_section(line.text) or bool(label and not label.rest and names_key(label.word)))


def is_bold(line: Line) -> bool:
    return bool(line.text) and line.lead == line.text and line.block.tag == "p"


def overlaps(page: Page, spans: Sequence[Span], item: Item) -> bool:
    """Does the item begin in a span, or hold the beginning of a question?"""
    start = page.starts[page.first(item.start)]  # a span may end at the item's first line, within its element
    k = bisect_right(spans, (start, sys.maxsize)) - 1
    return k >= 0 and start < spans[k][1]


def holds_question(starts: Sequence[int], item: Item) -> bool:
    return bisect_left(starts, item.start) < bisect_left(starts, item.stop)


def is_asking(page: Page, item: Item) -> bool:
    """Not a bare link, and not a word or two."""
    lines = page.between(item.body, item.stop)
    text = " ".join(line.text for line in lines)
    linked = sum(len(line.text) for line in lines if in_link(page.tree, line.start))
    return (
        bool(item.number)
        and (len(text) >= 4 or (len(text) > 1 and not text.isalnum()))
        and linked < 0.7 * len(text)
        and not (item.form == "tr" and is_tabled(page, item))
    )


WIDEST = 100  # lines that the head of a table may have


def is_tabled(page: Page, item: Item) -> bool:
    """A row of a table whose head names its columns, and none of them a question's, or one of them the answers'."""
    table = next((node for node in ancestors(page.tree.nodes[item.start]) if node.tag == "table"), None)
    first = page.first(table.index) if table else 0
    heads = [line.text for line in page.lines[first : first + WIDEST] if line.block.tag == "th" and line.start < table.end] if table else []
    told = any((label := lead_in(text, True)) and label.kind in ("solution", "key") for text in heads)
    return len(heads) > 1 and (told or not any(names_question(text) or names_section(text) for text in heads))


def ancestors(node: Node) -> Iterator[Node]:
    while node.parent:
        node = node.parent
        yield node
