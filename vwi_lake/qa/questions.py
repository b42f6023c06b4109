"""What a question is while a page is being read, and where one begins that only its solution tells of."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from vwi_lake.qa.lines import leading_number
from vwi_lake.qa.regions import START, Page, Region

Span = tuple[int, int]


@dataclass(slots=True)
class Question:
    """A question's span; `asides` are the solutions, hints and plans within it, which are not its text."""

    start: int
    stop: int
    body: int
    number: str
    cue: str
    kind: str = "question"
    asides: list[Region] = field(default_factory=list)
    solutions: list[Span] = field(default_factory=list)
    replies: list[Region] = field(default_factory=list)  # solutions that follow it
    reach: int = 0  # where what has been given to it ends
    spans: list[Span] = field(default_factory=list)  # its text, where that is not body to stop
    holes: list[Span] = field(default_factory=list)  # choices and controls, spelled apart from the text
    choices: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # right choices, answers told by attributes


LONGEST_IMPLIED = 1200  # characters
MOST_CLIMBED = 3  # elements between a solution and what it answers


def implied_start(page: Page, stop: int, floor: int) -> int | None:
    node = page.tree.nodes[stop].parent
    climbed = 0
    while node and page.first(max(node.index, floor)) >= page.first(stop):
        node, climbed = node.parent, climbed + 1
    if node is None or climbed > MOST_CLIMBED:
        return None
    first, last = page.first(max(node.index, floor)), page.first(stop)
    for i in range(last - 1, first - 1, -1):
        if bisect_right(page.rules, page.lines[i].start) < bisect_left(page.rules, stop):
            first = i + 1
            break
        if page.lines[i].level:
            first = i + 1 if i + 1 < last and leading_number(page.lines[i + 1]) else i
            break
    if first >= last:
        return None
    if sum(len(line.text) for line in page.lines[first:last]) > LONGEST_IMPLIED:
        first = last_paragraph(page, first, last)
    return page.lines[first].start


def last_paragraph(page: Page, first: int, last: int) -> int:
    """Of a long stretch, the last paragraph with the lists and code that follow it."""
    paragraphs = [i for i in range(first, last) if page.lines[i].block.tag in ("p", "div") and not page.lines[i].raw]
    return paragraphs[-1] if paragraphs else last - 1


def question_at(page: Page, questions: Sequence[Question], index: int) -> Question | None:
    """The question that holds the first line at or after a node."""
    i = page.first(index)
    index = page.starts[i] if index >= 0 and i < len(page.starts) else -1
    k = bisect_right(questions, index, key=START) - 1 if index >= 0 else -1
    return questions[k] if k >= 0 and index < questions[k].stop else None
