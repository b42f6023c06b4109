"""Quizzes: form controls and lettered lists joined to the questions around them, or making questions of their own."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from vwi_lake.qa.choices import Blank, answers_told, find_blanks, listed_choices
from vwi_lake.qa.numbered import is_within
from vwi_lake.qa.questions import Question, Span, implied_start
from vwi_lake.qa.regions import START, Page
from vwi_lake.web.document import BLOCKS, CELLS, Node


def add_forms(page: Page, questions: list[Question], shut: Sequence[Span]) -> list[Question]:
    """Give blanks to the questions that hold them; those with a marked answer make questions elsewhere."""
    blanks = find_blanks(page)
    questions = [q for q in questions if not asks_apart(page, q, blanks)]
    starts = [q.start for q in questions]
    apart: dict[int, Question] = {}
    floor = 0
    for blank in blanks:
        k = bisect_right(starts, blank.start) - 1
        question: Question | None = questions[k] if k >= 0 and blank.start < questions[k].stop else None
        if question is None and k >= 0 and belongs(page, questions[k], blank):
            question = questions[k]
        if is_within(shut, blank.start) or (not question and not blank.right):
            continue
        if not question:
            question = form_question(page, blank, floor)
            if question is None:
                continue
            question = apart.setdefault(question.start, question)
        add_blank(question, blank)
        floor = max(floor, blank.stop)
    return sorted([*questions, *apart.values()], key=lambda q: q.start)


LONGEST_STEM = 200  # characters


def asks_apart(page: Page, question: Question, blanks: Sequence[Blank]) -> bool:
    """Does a title stand over text amid which several blanks ask, each in a block of its own: "Task 7" of a lesson?"""
    if question.cue != "heading":
        return False
    first, last = (bisect_left(blanks, at, key=START) for at in (question.start, question.stop))
    blocks = {block_of(page, blank.start).index for blank in blanks[first:last] if blank.right}
    return len(blocks) > 1 and sum(len(line.text) for line in page.between(question.body, blanks[first].start)) > LONGEST_STEM


def belongs(page: Page, question: Question, blank: Blank) -> bool:
    """A group of choices right behind a question that has none yet, "Select one:" at most between them."""
    if blank.is_inline or question.choices or question.solutions or not question.start < question.stop <= blank.start:
        return False
    return sum(len(line.text) for line in page.between(question.stop, blank.start)) < 60


def add_blank(question: Question, blank: Blank) -> None:
    question.choices += blank.choices
    question.answers += blank.right
    question.holes.append((blank.start, blank.stop))
    question.stop = max(question.stop, blank.stop)


def form_question(page: Page, blank: Blank, floor: int) -> Question | None:
    """The sentence around a blank in line, or the text before a group."""
    block = block_of(page, blank.start)
    start: int | None = None
    if blank.is_inline:
        lines = page.between(block.index, block.end)
        start, stop = (lines[0].start, block.end) if lines else (None, blank.stop)
    else:
        stop = blank.stop
    if start is None:
        start = implied_start(page, blank.start, floor)
    if start is None:
        return None
    return Question(start, stop, start, "", "quiz_form", "implied")


def block_of(page: Page, index: int) -> Node:
    node = page.tree.nodes[index].parent
    while node and node.parent and node.tag not in BLOCKS and node.tag not in CELLS:
        node = node.parent
    return node or page.tree.root


def add_lists(page: Page, questions: Sequence[Question]) -> None:
    """Read lettered lists within questions as their choices; a right one that is marked answers."""
    for question in questions:
        if question.choices:
            continue
        if question.cue == "exercise_class" and not question.solutions and not question.answers:
            question.answers = answers_told(page.tree.nodes[question.start])
        told = (aside.start for aside in question.asides if aside.start > question.body and (aside.kind != "plan" or aside.cue))
        stop = min([question.stop, *told])
        listed = listed_choices(page, question.body, stop)
        if listed is None:
            continue
        question.choices, question.holes = listed.choices, [*question.holes, (listed.start, listed.stop)]
        if not question.answers and (listed.is_marked or not question.solutions):
            question.answers = listed.right


def spans_without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Spans less their holes."""
    kept = list(spans)
    for hole_start, hole_stop in holes:
        kept = [
            part for start, stop in kept for part in ((start, min(stop, hole_start)), (max(start, hole_stop), stop)) if part[0] < part[1]
        ]
    return sorted(set(kept))
