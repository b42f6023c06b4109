"""Questions that end in a question mark above what opens or follows: details, accordions, term lists, tables, FAQ headings."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from operator import attrgetter

from vwi_lake.qa.labels import ASIDES, above, in_link, parent_of
from vwi_lake.qa.leadins import LeadIn, lead_in, opens_answer
from vwi_lake.qa.lines import QUESTION_MARKS, Line
from vwi_lake.qa.numbered import end_of_term
from vwi_lake.qa.questions import Question, Span
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.threads import threads
from vwi_lake.qa.words import TROUBLES
from vwi_lake.web.document import CELLS, Node, Tree

_MARKS = (*QUESTION_MARKS, ";")  # the last is the Greek one
_TOGGLES = ("data-toggle", "data-bs-toggle", "aria-expanded", "aria-controls")
_TARGETS = ("aria-controls", "data-target", "data-bs-target", "href")
SHORTEST = 8
_ORNAMENTS = re.compile(r"[^\w?？؟.!:;)\]\"”»]+$")  # signs of a fold, stars, little pictures


def asked_openly(page: Page, taken: Sequence[Question], regions: Sequence[Region], sections: Sequence[Span]) -> list[Question]:
    """Questions of these forms that nothing else has claimed."""
    claimed = sorted((q.start, q.stop) for q in taken)
    found = [*folded(page), *terms(page), *rows(page), *titled(page, sections), *repeated(page), *threads(page)]
    solved = [r.start for r in regions if r.kind in ASIDES]
    kept: list[Question] = []
    for question in sorted(found, key=lambda q: (q.start, -q.stop)):
        if kept and question.start < kept[-1].stop:
            continue
        if bisect_right(solved, question.start) < bisect_right(solved, question.stop - 1):
            continue  # its solution is marked
        k = bisect_right(claimed, (question.stop, -1)) - 1
        if k < 0 or claimed[k][1] <= question.start:
            kept.append(question)
    return kept


def made(start: int, stop: int, answer: Span, cue: str) -> Question:
    return Question(start, stop, start, "", cue, "implied", [Region("solution", *answer, answer[0], "", cue)], [answer])


def is_question(text: str) -> bool:
    return len(text) >= SHORTEST and _ORNAMENTS.sub("", text).endswith(_MARKS[:3])


def text_of(tree: Tree, node: Node) -> str:
    return " ".join("".join(n.text for n in tree.nodes[node.index : node.end]).split())


def has_lines(page: Page, start: int, stop: int) -> bool:
    return start < stop and bool(page.between(start, stop))


def folded(page: Page) -> Iterator[Question]:
    """A summary or toggle that asks, and what it unfolds."""
    tree = page.tree
    told = False
    beside = asking_beside(page)
    for node in tree.nodes:
        if not is_head(node):
            continue
        if not is_question(text_of(tree, node)) and not is_sister(page, node, beside):
            continue
        answer = (node.end, node.parent.end) if node.tag == "summary" and node.parent else unfolded(page, node)
        if answer and has_lines(page, *answer):
            yield made(node.index, max(node.end, answer[1]), answer, "details")
            told = True
        elif answer and told:  # one of those that are answered, left for the reader
            yield Question(node.index, answer[1], node.index, "", "details", "implied")


def asking_beside(page: Page) -> Counter[tuple[str, int]]:
    """How many heads of folds ask, by their make."""
    return Counter(make_of(node) for node in page.tree.nodes if is_head(node) and is_question(text_of(page.tree, node)))


def is_head(node: Node) -> bool:
    return not node.boilerplate and (node.tag == "summary" or (bool(node.attrs) and any(name in node.attrs for name in _TOGGLES)))


def make_of(head: Node) -> tuple[str, int]:
    """A button's class; of a summary the element around its fold."""
    if head.tag == "summary":
        return "", parent_of(head.parent) if head.parent else 0
    return head.attrs.get("class") or f"#{head.index}", 0


def is_sister(page: Page, head: Node, beside: Counter[tuple[str, int]]) -> bool:
    """A fold's head beside two others that ask: "Explain layers"."""
    text = text_of(page.tree, head) if beside[make_of(head)] > 1 else ""
    return len(text) >= SHORTEST and lead_in(text, True) is None and not opens_answer(text)


def unfolded(page: Page, toggle: Node) -> Span | None:
    """The element a toggle names, or the one after it."""
    for name in _TARGETS:
        target = page.anchors.get((toggle.attrs.get(name) or "").removeprefix("#"))
        if target and target.index >= toggle.end:
            return target.index, target.end
    node = toggle
    for _ in range(3):
        if not node.parent:
            return None
        beside = node.parent.children
        after = islice(beside, bisect_left(beside, node.end, key=attrgetter("index")), None)
        if shown := next((child for child in after if has_lines(page, child.index, child.end)), None):
            return shown.index, shown.end
        node = node.parent
    return None


def terms(page: Page) -> Iterator[Question]:
    """A term that asks, and its descriptions."""
    heads = [node for node in page.tree.nodes if node.tag == "dt" and not node.boilerplate and node.parent]
    asking = Counter(parent_of(node) for node in heads if is_question(text_of(page.tree, node)))
    every = Counter(map(parent_of, heads))
    for node in heads:
        alike = asking[parent_of(node)] > 1 and 2 * asking[parent_of(node)] >= every[parent_of(node)]
        if not alike and not is_question(text_of(page.tree, node)):
            continue
        stop = end_of_term(page, node)
        if has_lines(page, node.end, stop):
            yield made(node.index, stop, (node.end, stop), "definition_list")


def rows(page: Page) -> Iterator[Question]:
    """Tables whose head says question and answer."""
    for table in page.tree.nodes:
        if table.tag != "table" or table.boilerplate:
            continue
        lines = [node for node in page.tree.nodes[table.index : table.end] if node.tag == "tr"]
        heads = [lead_in(text_of(page.tree, cell), True) for cell in lines[0].children if cell.tag in CELLS] if lines else []
        kinds = [head.kind if head and not head.rest else "" for head in heads]
        asked = next((k for k, kind in enumerate(kinds) if kind in ("question", "section")), -1)
        told = next((k for k, kind in enumerate(kinds) if kind in ("solution", "key")), -1)
        if asked < 0 or told < 0 or is_repair(page, lines, heads[asked], asked):
            continue
        for line in lines[1:]:
            cells = [cell for cell in line.children if cell.tag in CELLS]
            if len(cells) == len(kinds) and has_lines(page, cells[asked].index, cells[asked].end):
                question = made(line.index, line.end, (cells[told].index, cells[told].end), "table")
                question.spans = [(cells[asked].index, cells[asked].end)]
                yield question


def is_repair(page: Page, lines: Sequence[Node], head: LeadIn | None, asked: int) -> bool:
    """A table of troubles and what helps: nothing in it asks or is to be computed."""
    if not head or head.word not in TROUBLES:
        return False
    told = [text_of(page.tree, cells[asked]) for line in lines[1:] if len(cells := [c for c in line.children if c.tag in CELLS]) > asked]
    return 2 * sum(bool(re.search(r"[\d?？؟=]", text)) for text in told) < len(told)


MOST_LINES = 60  # of one of several alike


def repeated(page: Page) -> Iterator[Question]:
    """Boxes of one class that all begin with a question: cards, accordions of any make."""
    for parent in page.tree.nodes:
        if parent.boilerplate or len(parent.children) < 2:
            continue
        alike: dict[tuple[str, str], list[Node]] = {}
        for child in parent.children:
            name = (child.attrs.get("class") or "").split() if child.attrs else []
            if child.tag == "li" or (name and child.tag in ("div", "section", "article", "dl")):
                alike.setdefault((child.tag, name[0] if name else ""), []).append(child)
        for boxes in alike.values():
            lines = [page.between(box.index, box.end) for box in boxes] if len(boxes) > 1 else []
            if lines and all(
                1 < len(each) < MOST_LINES
                and is_question(each[0].text)
                and not in_link(page.tree, each[0].start)
                and tells(boxes[0], each[1])
                for each in lines
            ):
                for box, each in zip(boxes, lines, strict=True):
                    yield made(box.index, box.end, (each[1].start, box.end), "faq_box")


def tells(box: Node, below: Line) -> bool:
    """A box's second line answers; a list item's may be a choice."""
    return box.tag != "li" or bool(box.attrs.get("class")) or below.block.tag in ("p", "div")


TELLS = re.compile(  # what a title without a question mark asks for, beside one that has it
    r"\W*(?:describe|explain|discuss|compare|define|name|list|tell|write|implement|how|what|why|when|which|beschreib|erklär|nenne|explica|compara"
    r"|explique|décri|opisz|wyjaśnij|опиши|объясни|расскажи|解释|描述|说说|谈谈|介绍|说明|如何|什么|为什么)",
    re.IGNORECASE,
)


def asking_titles(page: Page, lines: Sequence[Line]) -> list[int]:
    """Which lines are titles that ask; beside them, where most of one level do, those that tell the reader what to say."""
    titles = [k for k, line in enumerate(lines) if line.is_title and line.text and not in_link(page.tree, line.start)]
    asked = [k for k in titles if is_question(lines[k].text)]
    beside = [k for k in titles if asked and rank(lines[k]) and rank(lines[k]) == rank(lines[asked[0]])]
    telling = [k for k in beside if k in asked or TELLS.match(lines[k].text)]
    if len(telling) < 3 or 3 * len(telling) < 2 * len(beside):
        return asked
    return sorted({*asked, *(k for k in beside if telling[0] <= k <= telling[-1])})


def rank(line: Line) -> int:
    """A heading's level, or the list whose items titles begin."""
    return line.level or (-parent_of(line.block) if line.block.tag == "li" else 0)


def answered_titles(page: Page, start: int, stop: int) -> Iterator[tuple[int, Span]]:
    """Titles that ask, each with the text below it."""
    lines = page.between(start, stop)
    for k, until in pairwise([*asking_titles(page, lines), len(lines)]):
        end = next((m for m in range(k + 1, until) if lines[m].level and (not lines[k].level or lines[m].level <= lines[k].level)), until)
        item = next((node for node in above(lines[k].block, 2) if node.tag == "li"), None)
        last = min(lines[end].start if end < len(lines) else stop, item.end if item else stop)
        if end > k + 1 and lines[k + 1].start < last:
            yield lines[k].start, (lines[k + 1].start, last)


def titled(page: Page, sections: Sequence[Span]) -> Iterator[Question]:
    """In a section of questions, titles that ask and the text below them."""
    for start, stop in sections:
        for title, answer in answered_titles(page, start, stop):
            yield made(title, answer[1], answer, "faq_heading")
