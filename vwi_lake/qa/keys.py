"""Answers gathered elsewhere on the page, joined to their questions: by number, by letters in a line, by links."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from vwi_lake.qa.labels import QUESTIONS
from vwi_lake.qa.leadins import lead_in
from vwi_lake.qa.lines import LEADING
from vwi_lake.qa.numbered import items_between
from vwi_lake.qa.questions import Question, Span, question_at
from vwi_lake.qa.regions import Page, Region
from vwi_lake.web.document import Node


def answer_keys(page: Page, questions: Sequence[Question], regions: Sequence[Region]) -> None:
    """Join answers gathered elsewhere on the page to the unsolved questions by number; repeated numbers in order."""
    join_links(page, questions, [(r.start, r.stop) for r in regions if r.kind == "key"])
    waiting: dict[str, list[Question]] = {}
    for question in questions:
        if question.number and not question.solutions:
            waiting.setdefault(question.number, []).append(question)
    seen: Counter[str] = Counter()
    for region in regions:
        if region.kind != "key":
            continue
        for number, letter in letters_in(page, region).items():
            for question in waiting.get(number, [])[:1]:
                question.answers = [letter]
        for number, told in run_on(page, region, waiting):
            for question in waiting[number][:1]:
                question.answers = question.answers or [told]
        apart: dict[str, list[Question]] = {}
        for number, span in key_items(page, region):
            linked = question_at(page, questions, linked_to(page, span))
            if linked:
                linked.solutions = linked.solutions or [span]
                continue
            turn = seen[number]
            seen[number] += 1
            candidates = outside(region, waiting, number, apart)
            if turn < len(candidates):
                candidates[turn].solutions.append(span)
        only = questions[0] if len(questions) == 1 and not questions[0].solutions and not questions[0].answers else None
        if only and only.stop <= region.start and (only.number or not key_items(page, region)):
            only.solutions.append((region.body, region.stop))


def outside(region: Region, waiting: Mapping[str, Sequence[Question]], number: str, known: dict[str, list[Question]]) -> list[Question]:
    """Questions of a number that do not stand in a region; looked up once a number."""
    if number not in known:
        known[number] = [q for q in waiting.get(number, []) if q.stop <= region.start or q.start >= region.stop]
    return known[number]


_LETTER = r"(\d{1,3})\s*[.):：、\-–—]?\s*[(（]?([A-Ea-eА-Д])[)）]?"
_LETTERS = re.compile(_LETTER)
_KEY_LINE = re.compile(rf"(?:\D{{0,40}}[:：]|[^\W\d]{{1,30}})?\s*(?:{_LETTER}(?:[\s,;.，；|/]+|$)){{2,}}")


def letters_in(page: Page, region: Region) -> dict[str, str]:
    """Keys that fill a line, "1. B 2. C 3. A", by number."""
    lines = [line.text for line in page.between(region.start, region.stop) if len(line.text) < 2000]
    return dict(pair for text in lines if _KEY_LINE.fullmatch(text) for pair in _LETTERS.findall(text))


_COUNTED = {sign: re.compile(rf"(?:^|(?<=[\s;,.]))[(（]?(\d{{1,3}})\{sign}\s+(?=\S)") for sign in ".)）:"}


def run_on(page: Page, region: Region, waiting: Mapping[str, Sequence[Question]]) -> Iterator[tuple[str, str]]:
    """Answers that follow each other within a line, "1. 2 kg  3. 42 kJ", where their numbers count up and are asked about."""
    for line in page.between(region.start, region.stop):
        first = LEADING.match(line.text) if len(line.text) < 4000 else None
        counted = _COUNTED.get(first[0].strip()[-1]) if first else None
        found = list(counted.finditer(line.text)) if counted else []
        numbers = [int(match[1]) for match in found]
        if len(found) < 2 or numbers != sorted(set(numbers)) or any(match[1] not in waiting for match in found):
            continue
        ends = [*(match.start() for match in found[1:]), len(line.text)]
        yield from ((match[1], line.text[match.end() : end].strip(" ;,")) for match, end in zip(found, ends, strict=True))


def key_items(page: Page, region: Region) -> list[tuple[str, Span]]:
    named = labelled_items(page, region)
    found = named or [(item.number, (item.body, item.stop)) for item in items_between(page, region.body, region.stop) if item.number]
    found = [(number, span) for number, span in found if span[0] < len(page.tree.nodes)]  # a title that ends the page has no answer
    last = page.first(region.stop) - 1
    return [(number, (start, min(stop, max(page.lines[last].stop, start)))) for number, (start, stop) in found]  # less the page's foot


def labelled_items(page: Page, region: Region) -> list[tuple[str, Span]]:
    """Items headed "Exercise 3" or "Solution to exercise 3"."""
    first, last = page.first(region.body), page.first(region.stop)
    heads = [i for i in range(first, last) if (label := page.labels[i]) and label.number and label.kind in (*QUESTIONS, "solution")]
    found = []
    for i, following in pairwise([*heads, last]):
        label = page.labels[i]
        start = page.starts[i] if label and label.rest else page.lines[i].stop
        found.append((label.number if label else "", (start, page.starts[following] if following < last else region.stop)))
    return found


def join_links(page: Page, questions: Sequence[Question], keys: Sequence[Span]) -> None:
    """Follow "[solution]" links and buttons within the page, and those of footnotes among the answers."""
    for question in questions:
        if question.solutions:
            continue
        for node in page.tree.nodes[question.start : question.stop]:
            if node.tag in ("a", "button") and (target := page.target(node)) and not question.start <= target.index <= node.index:
                label = lead_in(" ".join(n.text for n in page.tree.nodes[node.index : node.end]).strip(" []()→»"), True)
                if (label and label.kind == "solution") or (not label and any(start <= target.index < stop for start, stop in keys)):
                    span = linked_span(page, target)
                    question.solutions = [span]
                    question.asides.append(Region("solution", *span, span[0], "", ""))
                    question.holes.append((node.index, node.end))
                    break


def linked_span(page: Page, target: Node) -> Span:
    """The element a link leads to; for an empty anchor the block it stands in or before."""
    node: Node = target
    if target.level:
        after = page.lines[page.first(target.end) :]
        return target.end, next((line.start for line in after if line.level and line.level <= target.level), len(page.tree.nodes))
    while node.parent and (node.tag in ("a", "span", "b", "strong") or node.level):
        node = node.parent
    return (target.index, node.end)


def linked_to(page: Page, span: Span) -> int:
    """Where the first link of an answer leads, for answers that point back at their questions."""
    block = page.tree.nodes[span[0]]
    while block.parent and block.parent.index >= span[0] - 4 and block.parent.tag not in ("ol", "ul", "dl"):
        block = block.parent
    for node in page.tree.nodes[block.index : min(span[1], span[0] + 6)]:
        if node.tag == "a" and (target := page.target(node)):
            return target.index
    return -1
