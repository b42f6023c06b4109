"""Question-answer pairs read from a page's structure alone: no key, no model."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from vwi_lake.qa.exercises import find_questions
from vwi_lake.qa.figures import pictures
from vwi_lake.qa.forms import add_lists, spans_without
from vwi_lake.qa.headings import sections_of_lines
from vwi_lake.qa.labelled import find_regions
from vwi_lake.qa.labels import above
from vwi_lake.qa.leadins import split_answer
from vwi_lake.qa.lines import Line
from vwi_lake.qa.linked import Link, Told, is_key, is_key_to, links_of, told_apart
from vwi_lake.qa.questions import Question, Span
from vwi_lake.qa.regions import Page, Region, read_page
from vwi_lake.qa.schema_org import Declared, Item, from_json_ld, items
from vwi_lake.web.document import Tree, settle, spell

_NAMED = frozenset(("exercise_class", "bold_lead_in", "lead_in"))  # whose question may be a mere name
_ANCHORS = re.compile(r"\s*¶(?=\n|$)|\u200b")  # what marks a heading's own link
_CONTROLS = frozenset(("select", "textarea", "datalist"))


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
    number: str = ""  # of the exercise, as printed
    sections: Sequence[str] = ()  # it stands in, innermost first
    solution_start: int | None = None
    solution_end: int | None = None


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """A numbered answer whose question the page does not ask."""

    number: str
    sections: Sequence[str]
    answer: str
    images: list[str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page asks and answers, what it only answers, and where it says that answers or their questions are."""

    pairs: list[Pair]
    key_answers: list[KeyAnswer]
    links: list[Link]


def extract(tree: Tree, json_ld: Sequence[str] = ()) -> list[Pair]:
    """All pairs of a page in reading order; `json_ld` are its JSON-LD scripts where the tree does not hold them."""
    return read_questions(tree, json_ld).pairs


def read_questions(tree: Tree, json_ld: Sequence[str] = ()) -> Reading:
    page = read_page(tree)
    declared = [declared_question(page, item) for item in items(tree) if item.asked]
    starts = [q.start for q in declared]
    reach = list(accumulate((q.stop for q in declared), max))

    def is_free(one: Region | Question) -> bool:
        """Does nothing declared overlap it?"""
        k = bisect_left(starts, one.stop)
        return k == 0 or reach[k - 1] <= one.start

    regions = [region for region in find_regions(page) if is_free(region)]
    found = [question for question in find_questions(page, regions) if is_free(question)]
    questions = sorted([*declared, *found], key=lambda q: q.start)
    add_lists(page, questions)
    sections = sections_of_lines(page)
    pairs = [pair for question in questions if (pair := as_pair(page, question, sections))]
    told = told_apart(page, questions, regions)
    if is_key(page) and not any(pair.solution for pair in pairs) and 3 * sum(asks(pair) for pair in pairs) <= len(pairs):
        told += [Told(q.number, q.start, (q.body, q.stop)) for q in questions]
        pairs = [] if is_key_to(page) else pairs
    answers = [answer for one in told if one.number and (answer := as_answer(page, one, sections))]
    pairs = merge(pairs, from_json_ld(getattr(tree, "json_ld", ()) or json_ld))
    return Reading(pairs, answers, links_of(page, bool(answers)))


def asks(pair: Pair) -> bool:
    return bool(re.search(r"[?？؟]", pair.question))


def declared_question(page: Page, item: Item) -> Question:
    """A Question element by microdata or RDFa: its text, and the accepted or else the first answer."""
    question = Question(item.node.index, item.node.end, item.node.index, "", "schema_org")
    question.spans = [(node.index, node.end) for node in item.asked]
    if not question.spans:
        holes = [(node.index, node.end) for node in (*item.accepted, *item.suggested)]
        question.spans = spans_without([(item.node.index, item.node.end)], holes)
    chosen = item.accepted or item.suggested[:1]
    question.solutions = [(node.index, node.end) for node in chosen]
    return question


def as_pair(page: Page, question: Question, sections: Sequence[list[str]]) -> Pair | None:
    tree = page.tree
    whole = question.spans or [(question.body, question.stop)]
    controls = [(n.index, n.end) for start, stop in whole for n in tree.nodes[start:stop] if n.tag in _CONTROLS]
    asked = spans_without(whole, [*((a.start, a.stop) for a in question.asides), *question.holes, *controls])
    text, inline = read(tree, asked), ""
    if not question.solutions and not question.answers:
        text, inline = split_answer(text)
    if question.holes:
        text = "\n".join(line for line in text.split("\n") if line.strip(" -"))
    text = "\n".join(filter(None, [text, *lettered(question.choices)]))
    if len(text) < 3 or (question.cue in _NAMED and not (question.solutions or question.answers or inline) and is_bare(tree, asked, text)):
        return None
    told = [
        without_way_up(page, s) for s in question.solutions if not question.answers or s[1] <= question.stop
    ]  # a marked choice needs no explanation from afar
    solution = "\n".join(filter(None, ["; ".join(question.answers), *(read(tree, [span]) for span in told)])) or inline or None
    seen = spans_without(whole, [(a.start, a.stop) for a in question.asides])
    told_by = max((stop for start, stop in told if start > question.body), default=len(tree.nodes))
    shown = pictures(page, [span for span in seen if span[0] < told_by or has_words(page, span)], text)
    explained = pictures(page, told, solution or "")
    if solution and not explained and not re.search(r"\w|[^\x00-\x7f]|[=+*/<>{}()-]", solution):
        solution = None  # a stop or a semicolon is left of what a script would fill in
    around = sections_at(page, sections, question.start)
    place = (min(s[0] for s in told), max(s[1] for s in told)) if told and solution else (None, None)
    return Pair(
        text, solution, shown, explained, question.choices, question.cue, question.start, question.stop, question.number, around, *place
    )


def without_way_up(page: Page, span: Span) -> Span:
    """A solution without a link back up that ends it."""
    i = page.first(span[1])
    if i == 0:  # a solution without a line of text
        return span
    last = page.lines[i - 1]
    return (span[0], last.start) if span[0] < last.start < span[1] and leads_up(page, last) else span


def leads_up(page: Page, line: Line) -> bool:
    """Nothing but a link to an earlier place of the page, or to one whose name a converter has lost: "Back to top"."""
    link = next((node for node in above(page.tree.nodes[line.start], 3) if node.tag == "a"), None)
    if not link or link.end < line.stop or (link.attrs.get("href") or "")[:1] != "#":
        return False
    target = page.target(link)
    return target is None or target.index < line.start


def as_answer(page: Page, told: Told, sections: Sequence[list[str]]) -> KeyAnswer | None:
    text = told.answer or read(page.tree, [told.span])
    images = pictures(page, [told.span], text)
    return KeyAnswer(told.number, sections_at(page, sections, told.head), text, images, *told.span) if text or images else None


def sections_at(page: Page, sections: Sequence[list[str]], index: int) -> list[str]:
    i = page.first(index)
    return sections[i] if i < len(sections) else []


def has_words(page: Page, span: Span) -> bool:
    """Is there text, not just pictures? Below its solution those are none of the question's."""
    return any(line.text for line in page.between(*span))


def is_bare(tree: Tree, spans: Sequence[Span], text: str) -> bool:
    """A word or two that nothing answers: a name, not a question."""
    shows = any(node.image or node.tag == "math" for start, stop in spans for node in tree.nodes[start:stop])
    return not shows and len(text.split()) < 3 and text.isascii() and not re.search(r"[?=+*/^_\\]", text)


def lettered(choices: Sequence[str]) -> list[str]:
    return [f"{chr(65 + i)}. {choice}" for i, choice in enumerate(choices[:26])]


def read(tree: Tree, spans: Sequence[Span]) -> str:
    """The text of spans of nodes, a block a line; a control left out within a sentence reads as a blank."""
    pieces: list[str] = []
    before = 0
    for start, stop in spans:
        pieces.append(" ___ " if before and tree.nodes[before].tag in _CONTROLS else "\n")
        pieces += spell(tree, start, stop)
        before = stop if stop < len(tree.nodes) else 0
    return _ANCHORS.sub("", settle(iter(pieces)))


def merge(pairs: list[Pair], declared: Sequence[Declared]) -> list[Pair]:
    """Add what JSON-LD declares; a question seen on the page too stays as the page shows it, solved by the declaration if need be."""
    at = {key(pair.question): i for i, pair in enumerate(pairs)}
    for one in declared:
        text = "\n".join([one.question, *lettered(one.choices)])
        i = at.get(key(one.question), at.get(key(text)))
        if i is not None and pairs[i].solution:
            continue
        pair = Pair(text, one.solution, one.question_images, one.solution_images, one.choices, "schema_org", 0, 0)
        if i is None:
            pairs.append(pair)
        else:
            pairs[i] = pair
    return pairs


def key(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())
