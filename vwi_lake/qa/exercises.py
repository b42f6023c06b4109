"""The questions of a page: containers and labelled regions; items of sections; those that only a solution tells of."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from vwi_lake.qa.below import (
    answer_below_italics,
    answer_below_quote,
    answer_below_title,
    answer_folded,
    answers_boxed,
    asking_titles,
    promises,
)
from vwi_lake.qa.faq import asked_openly
from vwi_lake.qa.forms import add_forms
from vwi_lake.qa.keys import answer_keys
from vwi_lake.qa.labels import ASIDES
from vwi_lake.qa.lines import QUESTION_MARKS
from vwi_lake.qa.nests import asked_regions
from vwi_lake.qa.questions import Question
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.sections import section_items, sections
from vwi_lake.qa.solutions import attach, implied
from vwi_lake.qa.words import TROUBLES, words


def find_questions(page: Page, regions: Sequence[Region]) -> list[Question]:
    """All questions of a page that regions, sections of numbered items and orphaned solutions tell of."""
    questions = asked_regions(page, regions)
    questions = [*questions, *section_items(page, regions, questions)]
    questions.sort(key=lambda q: q.start)
    questions = [*questions, *asked_openly(page, questions, regions, [span[:2] for span in sections(page, regions)])]
    questions.sort(key=lambda q: q.start)
    questions = add_forms(page, questions, [(r.start, r.stop) for r in regions if r.kind in ASIDES])
    orphans = attach(page, questions, regions)
    questions += implied(page, questions, orphans)
    questions.sort(key=lambda q: q.start)
    answer_keys(page, questions, regions)
    promised, beside = promises(page), asking_titles(page, questions)
    answers_boxed(page, questions, promised)
    for question in questions:
        if not question.solutions:
            answer_below_quote(page, question)
            answer_below_title(page, question, promised, beside)
            answer_folded(page, question)
            answer_below_italics(page, question, promised)
        if not question.solutions:
            question.solutions = [(aside.body, aside.stop) for aside in question.asides if aside.cue == "solution_like"]
    kept = [q for q in questions if (q.kind != "example" or q.solutions) and not is_trouble(page, q) and not is_mere_title(page, q)]
    return [q for q, following in zip_longest(kept, kept[1:]) if not (following and is_set_title(page, q, following))]


def is_set_title(page: Page, question: Question, following: Question) -> bool:
    """A page's title "Exercise: Loops" and a word on how to use it, right above "Exercise 1"."""
    line, other = page.lines[page.first(question.start)], page.labels[page.first(following.start)]
    lines = page.between(question.start, following.start)
    titled = line.level == 1 and not question.number and following.start <= question.stop and other is not None and bool(other.number)
    return titled and not question.solutions and not any(each.raw or re.search(r"[?？؟]", each.text) for each in lines)


def is_mere_title(page: Page, question: Question) -> bool:
    """Titles and nothing below them, over what they announce: "Ex1 - Filtering", "Homework"."""
    lines = page.between(question.start, question.stop)
    bare = not question.solutions and all(line.level and not line.text.endswith(QUESTION_MARKS) for line in lines)
    return bool(bare and lines) and (lines[0].level == 1 or len(lines) > 1)


_CHALLENGES = words("challenge task défi desafio desafío reto sfida")  # a firm's, figures or not


def is_trouble(page: Page, question: Question) -> bool:
    """A problem or challenge of a business, not of a course: no number, no question, nothing to compute."""
    if question.kind == "trouble":
        return True
    line, label = page.lines[page.first(question.start)], page.labels[page.first(question.start)]
    stated = question.cue == "exercise_class" and "statement" in (page.tree.nodes[question.start].attrs.get("class") or "")
    if question.cue == "exercise_class" and not stated and not (label and line.level and label.word in _CHALLENGES):
        return False
    label = label if question.cue in ("heading", "bold_lead_in", "lead_in", "exercise_class") else None
    if label and not label.number and not question.solutions and label.word == "homework":
        return any(re.search(r"\b(?:due|deadline)\b", line.text, re.I) for line in page.between(question.start, question.stop))
    named = label and not label.number and (label.word in TROUBLES or label.word.startswith("try "))
    if not stated and (not named or (question.cue == "heading" and line.level > 1 and label and label.rest)):
        return False
    whole = " ".join(each.text for each in page.between(question.start, question.stop))
    text = label.rest if label and label.rest and not line.level else whole
    told = any(node.tag in ("math", "pre", "code", "img", "details") for node in page.tree.nodes[question.start : question.stop])
    computes = r"[?？؟=\\]" if label and (label.word in _CHALLENGES or line.level == 1) else r"[\d?？؟=\\]"
    return not told and not re.search(computes, text)
