"""Solutions without a label: below a title that asks, below a quoted or slanted question, folded behind it."""

import re

from vwi_lake.qa.choices import LETTERED
from vwi_lake.qa.leadins import names_key
from vwi_lake.qa.lines import Line
from vwi_lake.qa.questions import Question
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node

_ASKING = words(
    "q que ques ques. question frage pregunta pergunta domanda pytanie вопрос питання soru câu pertanyaan 问 問 질문 سؤال שאלה प्रश्न"
)


def answer_below_title(page: Page, question: Question) -> None:
    """A term, or a title that says "Question" or "Q1", and asks in one line: what stands below answers."""
    i = page.first(question.start)
    line, label = page.lines[i], page.labels[i]
    if not label or not label.rest.endswith(("?", "？", "؟")) or question.asides or question.choices or question.cue == "exercise_class":
        return
    below = page.between(line.stop, question.stop)
    titled = bool(line.level or line.lead == line.text) and label.word in _ASKING and not any(LETTERED.match(each.text) for each in below)
    if below and (titled or line.block.tag == "dt"):
        question.asides.append(Region("solution", below[0].start, question.stop, below[0].start, "", ""))
        question.solutions.append((below[0].start, question.stop))


_FOLDED = words("toggle togglecontent spoiler collapse collapsed collapsible dropdown")


def answer_folded(page: Page, question: Question) -> None:
    """A box without a label that is folded at the end of a question or right behind it, the button that opens it at most between them."""
    around = page.tree.nodes[question.start].parent
    if question.asides or question.choices or around is None:
        return
    stop = question.stop if page.first(question.stop) >= len(page.starts) else page.starts[page.first(question.stop)]
    for node in page.tree.nodes[question.body + 1 : min(stop + MOST_PASSED, len(page.tree.nodes))]:
        if node.tag != "div" or node.boilerplate or _FOLDED.isdisjoint((node.attrs.get("class") or "").lower().split()):
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


def answer_below_italics(page: Page, question: Question) -> None:
    """On a page of solutions, a problem set in italics and then its solution in upright letters."""
    title = f"{page.tree.title} {next((line.text for line in page.lines if line.level == 1), '')}".lower()
    if question.asides or question.cue == "exercise_class" or not any(names_key(word) for word in re.findall(r"\w+", title)):
        return
    lines = [line for line in page.between(question.start, question.stop) if line.text and not line.level]
    slanted = [is_slanted(page, line) for line in lines]
    if not any(slanted) or all(slanted) or slanted != sorted(slanted, reverse=True):
        return
    start = lines[slanted.index(False)].start
    question.asides.append(Region("solution", start, question.stop, start, "", ""))
    question.solutions.append((start, question.stop))


def is_slanted(page: Page, line: Line) -> bool:
    spoken = [node for node in page.tree.nodes[line.start : line.stop] if node.text.strip()]
    return all(any(around.tag in _SLANTED for around in (node.parent, node.parent and node.parent.parent) if around) for node in spoken)
