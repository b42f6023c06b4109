"""Regions of questions within and beside one another: which of a nest ask, and which only title or part what does."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from vwi_lake.qa.labels import QUESTIONS
from vwi_lake.qa.numbered import announces, items_between, number_of
from vwi_lake.qa.questions import Question
from vwi_lake.qa.regions import START, Page, Region
from vwi_lake.qa.tokens import name_of


def asked_regions(page: Page, regions: Sequence[Region]) -> list[Question]:
    """Regions of questions, each nest of them settled to the level that asks."""
    solutions = [r for r in regions if r.kind == "solution"]
    asking = [r for r in regions if r.kind in QUESTIONS and (r.kind != "example" or is_solved(r, solutions)) and not announces(page, r)]
    asking = [part for region in join_titles(page, asking) for part in titled_parts(page, region, solutions)]
    return [question for nest in nests(asking) for question in settle_nest(page, nest, within(solutions, nest[0]))]


def titled_parts(page: Page, region: Region, solutions: Sequence[Region]) -> list[Region]:
    """A set's title straight over titles, two or more of which have a solution each or are graded, "★★ Loops": those ask."""
    lines = page.between(region.body, region.stop)
    if region.cue != "heading" or not lines or not lines[0].level:
        return [region]
    titles = [line for line, below in pairwise(lines) if line.level and not below.level]
    parts = [
        Region("exercise", line.start, after.start if after else region.stop, line.start, "", "heading")
        for line, after in zip_longest(titles, titles[1:])
    ]
    alike = all(within(solutions, part) for part in parts) or all(_GRADED.match(line.text) for line in titles)
    return parts if alike and len(parts) > 1 else [region]


_GRADED = re.compile(
    r"\W*(?:(?<=[★☆⭐])|(?:level|stufe|niveau|nivel|poziom|easy|medium|hard|beginner|basic|intermediate|advanced|leicht|mittel|schwer"
    r"|facile|moyen|difficile|fácil|medio|difícil|łatwe|średnie|trudne)(?![^\W\d_])|基础|进阶|提高|挑战|应用)",
    re.IGNORECASE,
)


def nests(asking: Sequence[Region]) -> Iterator[Sequence[Region]]:
    """Outermost regions, each with those that begin in it."""
    i = 0
    while i < len(asking):
        j = i + 1
        while j < len(asking) and asking[j].start < asking[i].stop:
            j += 1
        yield asking[i:j]
        i = j


def within(regions: Sequence[Region], outer: Region) -> Sequence[Region]:
    """Of regions in order those that begin in another."""
    return regions[bisect_left(regions, outer.start, key=START) : bisect_left(regions, outer.stop, key=START)]


def is_solved(region: Region, solutions: Sequence[Region]) -> bool:
    """Does a solution begin in a region or right behind it?"""
    return bisect_left(solutions, region.start, key=START) < bisect_left(solutions, region.stop + 1, key=START)


def join_titles(page: Page, asking: Sequence[Region]) -> list[Region]:
    """A question's title and its details right after it are one."""
    joined: list[Region] = []
    for region in asking:
        last = joined[-1] if joined else None
        if (
            last
            and last.cue == region.cue == "exercise_class"
            and last.stop <= region.start
            and is_title(page, last)
            and not is_title(page, region)
            and not page.between(last.stop, region.start)
        ):
            joined[-1] = Region(last.kind, last.start, region.stop, last.body, last.number, last.cue)
            continue
        if last and names_again(page, last, region):
            joined[-1] = Region(region.kind, region.start, end_of_both(page, last, region), region.body, last.number, region.cue)
            continue
        joined.append(region)
    return joined


def names_again(page: Page, last: Region, region: Region) -> bool:
    """ "Question 1", a word on its level, and then "Question:" and what it asks."""
    if not last.number or region.number or "exercise_class" in (last.cue, region.cue) or not last.stop <= region.start:
        return False
    between = [line for line in page.between(last.start, region.start) if not page.labels[page.first(line.start)]]
    return not page.between(last.stop, region.start) and sum(len(line.text) for line in between) < SHORT


SHORT = 20  # characters


def end_of_both(page: Page, last: Region, region: Region) -> int:
    """ "Exercise 1" over "Task", "Steps" and "Hints" on a lower level: where its section ends."""
    i, j = page.first(last.start), page.first(region.start)
    level, around = page.lines[i].level, page.lines[i].block.parent
    end = max(region.stop, around.end if around else 0)
    if not 0 < level < page.lines[j].level:
        return region.stop
    for k in range(j + 1, len(page.lines)):
        label = page.labels[k]
        if 0 < page.lines[k].level <= level or (label and label.kind in (*QUESTIONS, "section", "key")):
            return min(page.starts[k], end)
    return end


def is_title(page: Page, region: Region) -> bool:
    attrs = page.tree.nodes[region.start].attrs
    return any(
        part in ("title", "name", "headline")
        for part in f"{attrs.get('class') or ''} {attrs.get('id') or ''}".lower().replace("-", " ").replace("_", " ").split()
    )


def settle_nest(page: Page, nest: Sequence[Region], solutions: Sequence[Region]) -> list[Question]:
    """One question or several? Parts share a solution, questions have their own."""
    outer, *inner = nest
    below = list(nests([r for r in inner if not titles(page, outer, r)]))
    if below and outer.cue == "exercise_class" and asks_again(below[0][0], solutions):
        return [as_question(page, replace(outer, stop=below[0][0].start)), *settled(page, below, solutions)]
    if len(below) == 1 and states(page, below[0][0]):
        return settled(page, below, solutions)
    if not below or (len(below) == 1 and below[0][0].cue != "exercise_class" and outer.cue == "exercise_class"):
        return [as_question(page, outer)]
    if len(below) > 1 and all(is_part(page, outer, tops[0]) for tops in below):
        question = as_question(page, outer)
        if not is_lettered(page, below[0][0]):
            question.body = max(question.body, below[0][0].body)
        return [question]
    if len(below) == 1 and below[0][0].cue == "exercise_class":
        only = as_question(page, below[0][0])
        number = only.number or number_of(page, outer)
        return [Question(outer.start, outer.stop, only.body, number, outer.cue, outer.kind, [rest(only, outer)])]
    given = {s.start for tops in below for s in within(solutions, tops[0])}
    own = [s for s in solutions if s.start not in given]
    is_shared = own and own[0].start > below[-1][0].start and len(own) < len(below)
    return [as_question(page, outer)] if is_shared else settled(page, below, solutions)


def settled(page: Page, below: Sequence[Sequence[Region]], solutions: Sequence[Region]) -> list[Question]:
    return [question for tops in below for question in settle_nest(page, tops, within(solutions, tops[0]))]


def asks_again(region: Region, solutions: Sequence[Region]) -> bool:
    """A title behind the solution of the box it stands in, with a solution of its own: "Check your learning" ends a worked example."""
    return region.cue != "exercise_class" and bool(solutions) and solutions[0].start < region.start and is_solved(region, solutions)


def states(page: Page, region: Region) -> bool:
    """A part that is the text of the task by its title, beside what is for teachers."""
    label = page.labels[page.first(region.start)]
    return region.cue == "heading" and label is not None and label.word.endswith(("statement", "student task", "énoncé", "enunciado"))


_PART = re.compile(r"\(?[a-hivx]{1,3}[.)]|[①-⑳]", re.IGNORECASE)


def is_lettered(page: Page, region: Region) -> bool:
    """A part "(a)" of a task."""
    return region.cue == "exercise_class" and bool(_PART.match(page.lines[page.first(region.start)].text))


def is_part(page: Page, outer: Region, inner: Region) -> bool:
    """Called "(a)", or named after the box around it: "question-main" and "question-inner" of a "question"."""
    if is_lettered(page, inner):
        return page.first(outer.start) < page.first(inner.start)
    around, within = (set((page.tree.nodes[r.start].attrs.get("class") or "").split()) for r in (outer, inner))
    return outer.cue == inner.cue == "exercise_class" and any(
        token.startswith((f"{name}-", f"{name}_")) for name in around if name_of(name) for token in within
    )


def rest(only: Question, outer: Region) -> Region:
    return Region("plan", only.stop, outer.stop, only.stop, "", "")


def titles(page: Page, outer: Region, region: Region) -> bool:
    """A lead-in that is its container's first line says what the container says."""
    return region.cue != "exercise_class" and outer.cue == "exercise_class" and page.first(outer.start) == page.first(region.start)


def as_question(page: Page, region: Region) -> Question:
    body = region.body
    i = page.first(region.start)
    label = page.labels[i] if i < len(page.labels) else None
    if region.cue == "exercise_class" and label and label.kind in ("question", "example") and not label.rest and i + 1 < len(page.lines):
        body = page.lines[i + 1].start
    number = region.number or number_of(page, region)
    items = [] if number else items_between(page, body, region.stop)
    if items and items[0].form == "tr" and page.first(items[0].start) == page.first(body):
        number, body = items[0].number, items[0].body  # which has a cell of its own
    return Question(region.start, region.stop, min(body, region.stop), number, region.cue, region.kind)
