"""Question-answer pairs read from a page's structure alone: no key, no model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from vwi_lake.qa.exercises import Question, Span, find_questions
from vwi_lake.qa.regions import Page, find_regions, read_page
from vwi_lake.web.document import Tree, settle, spell


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and, where the page has it, its solution; images as the tree names them."""

    question: str
    solution: str | None
    question_images: list[str]
    solution_images: list[str]
    choices: list[str]
    cue: str
    start: int
    end: int


def extract(tree: Tree) -> list[Pair]:
    """All pairs of a page in reading order."""
    page = read_page(tree)
    questions = find_questions(page, find_regions(page))
    return [pair for question in questions if (pair := as_pair(page, question))]


def as_pair(page: Page, question: Question) -> Pair | None:
    tree = page.tree
    asked = without(question.body, question.stop, [(a.start, a.stop) for a in question.asides])
    text = read(tree, asked)
    if len(text) < 3:
        return None
    solution = "\n".join(filter(None, (read(tree, [span]) for span in question.solutions))) or None
    return Pair(
        text,
        solution,
        images(tree, asked),
        images(tree, question.solutions),
        [],
        question.cue,
        question.start,
        question.stop,
    )


def without(start: int, stop: int, holes: Iterable[Span]) -> list[Span]:
    """A span less its holes."""
    spans: list[Span] = []
    for hole_start, hole_stop in sorted(holes):
        if hole_start >= stop:
            break
        if hole_start > start:
            spans.append((start, hole_start))
        start = max(start, hole_stop)
    return [*spans, (start, stop)] if start < stop else spans


def read(tree: Tree, spans: Sequence[Span]) -> str:
    """The text of spans of nodes, a block a line."""
    return settle(chain.from_iterable(chain(("\n",), spell(tree, start, stop)) for start, stop in spans))


def images(tree: Tree, spans: Sequence[Span]) -> list[str]:
    """Pictures of the spans, formulas left out."""
    found = (tree.nodes[i].image for start, stop in spans for i in range(start, stop))
    return list(dict.fromkeys(image.url for image in found if image and not image.alt.startswith(("$", "\\"))))
