"""Solutions without a label: below a title that asks, below a quoted or slanted question, folded behind it."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from vwi_lake.qa.choices import LETTERED
from vwi_lake.qa.leadins import names_key
from vwi_lake.qa.lines import QUESTION_MARKS, Line
from vwi_lake.qa.questions import Question
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.tokens import is_folded
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node

_ASKING = words(
    "q que ques ques. question frage pregunta pergunta domanda pytanie вопрос питання soru câu pertanyaan 问 問 질문 سؤال שאלה प्रश्न"
)


def asking_titles(page: Page, questions: Sequence[Question]) -> bool:
    """Do most of several titles like "Q1. What is …?" ask, so that those beside them do as well?"""
    firsts = [page.first(question.start) for question in questions]
    rests = [label.rest for i in firsts if (label := page.labels[i]) and page.lines[i].level and label.word in _ASKING and label.rest]
    return len(rests) > 2 and 2 * sum(rest.endswith(QUESTION_MARKS) for rest in rests) >= len(rests)


def answer_below_title(page: Page, question: Question, promised: bool, beside: bool) -> None:
    """A term, or a title that says "Question" or "Q1", and asks in one line, or stands `beside` such: what stands below answers."""
    i = page.first(question.start)
    line, label = page.lines[i], page.labels[i]
    if not label or not label.rest or question.asides or question.choices or question.cue == "exercise_class":
        return
    if not label.rest.endswith(QUESTION_MARKS) and not (beside and line.level and label.word in _ASKING):
        return
    below = page.between(line.stop, question.stop)
    titled = line.is_title and label.word in _ASKING and not any(LETTERED.match(each.text) for each in below)
    promised = promised and not any(LETTERED.match(each.text) or each.text.endswith(QUESTION_MARKS) for each in below)
    if below and (titled or promised or line.block.tag == "dt"):
        question.asides.append(Region("solution", below[0].start, question.stop, below[0].start, "", ""))
        question.solutions.append((below[0].start, question.stop))


def answer_folded(page: Page, question: Question) -> None:
    """A box without a label that is folded at the end of a question or right behind it, the button that opens it at most between them."""
    around = page.tree.nodes[question.start].parent
    if question.asides or question.choices or around is None or question.cue == "details":
        return
    stop = question.stop if page.first(question.stop) >= len(page.starts) else page.starts[page.first(question.stop)]
    for node in page.tree.nodes[question.body + 1 : min(stop + MOST_PASSED, len(page.tree.nodes))]:
        if node.boilerplate or not (node.tag == "details" or (node.tag == "div" and is_folded(node))):
            continue
        inside = node.end <= question.stop
        between = page.between(node.end, question.stop) if inside else page.between(question.stop, node.index)
        lines = page.between(node.index, node.end)
        if lines and page.labels[page.first(node.index)] is None and all(line.block.tag == "button" for line in between):
            question.asides.append(Region("solution", node.index, node.end, node.index, "", ""))
            question.solutions.append((node.index, node.end))
            return


MOST_PASSED = 12  # nodes: a button and what wraps it


def answer_below_quote(page: Page, question: Question) -> None:
    """A title, the question quoted, and then the answer: solutions to somebody else's exercises."""
    first = page.first(question.body)
    if first >= len(page.lines) or question.cue == "exercise_class" or question.asides:
        return
    first += page.lines[first].start == question.start and first + 1 < len(page.lines)
    quote: Node | None = page.lines[first].block
    while quote and quote.tag != "blockquote":
        quote = quote.parent
    if quote and question.start < quote.index and page.between(quote.end, question.stop):
        question.asides.append(Region("solution", quote.end, question.stop, quote.end, "", ""))
        question.solutions.append((quote.end, question.stop))


_SLANTED = frozenset(("i", "em"))


def answer_below_italics(page: Page, question: Question, promised: bool) -> None:
    """On a page of solutions, as `promised`, a problem set in italics and then its solution in upright letters."""
    if question.asides or question.cue == "exercise_class" or not promised:
        return
    lines = [line for line in page.between(question.start, question.stop) if line.text and not line.level]
    slanted = [is_slanted(page, line) for line in lines]
    if not any(slanted) or all(slanted) or slanted != sorted(slanted, reverse=True):
        return
    start = lines[slanted.index(False)].start
    question.asides.append(Region("solution", start, question.stop, start, "", ""))
    question.solutions.append((start, question.stop))


def promises(page: Page) -> bool:
    """Does a page's title speak of solutions?"""
    title = f"{page.tree.title} {next((line.text for line in page.lines if line.level == 1), '')}".lower()
    return any(names_key(word) for word in re.findall(r"\w+", title))


def answers_boxed(page: Page, questions: Sequence[Question], promised: bool) -> None:
    """On a page of solutions, boxes of one make that end most of its numbered questions."""
    numbered = [q for q in questions if q.cue == "numbered_list" and not q.solutions and not q.asides and not q.choices]
    boxes = [last_box(page, question) for question in numbered] if len(numbered) > 1 and promised else []
    make = Counter(name_of_box(box) for box in boxes if box).most_common(1)
    if not make or 3 * make[0][1] < 2 * len(questions):
        return
    for question, box in zip(numbered, boxes, strict=True):
        if box and name_of_box(box) == make[0][0]:
            question.asides.append(Region("solution", box.index, question.stop, box.index, "", ""))
            question.solutions.append((box.index, question.stop))


def name_of_box(box: Node) -> tuple[str, str]:
    return box.tag, (box.attrs.get("class") or "").partition(" ")[0]


def last_box(page: Page, question: Question) -> Node | None:
    """The block that ends a question's span, beside the one the question begins in."""
    head = page.lines[page.first(question.body)].block
    beside = head.parent.children if head.parent else []
    last = bisect_left(beside, question.stop, key=attrgetter("index")) - 1
    while (
        last >= 0
        and beside[last].index > head.index
        and not (beside[last].end <= question.stop and page.between(beside[last].index, beside[last].end))
    ):
        last -= 1
    box = beside[last] if last >= 0 else head
    boxed = box.tag in ("div", "blockquote", "section", "aside") and box.index > head.index
    return box if boxed and name_of_box(box) != ("div", "") else None


def is_slanted(page: Page, line: Line) -> bool:
    spoken = [node for node in page.tree.nodes[line.start : line.stop] if node.text.strip()]
    return all(any(around.tag in _SLANTED for around in (node.parent, node.parent and node.parent.parent) if around) for node in spoken)
