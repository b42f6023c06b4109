"""Questions of a page and the solutions that belong to them: nested containers, sections of numbered items, answer keys."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from vwi_lake.qa.faq import asked_openly
from vwi_lake.qa.forms import add_forms
from vwi_lake.qa.leadins import lead_in, names_key, names_section
from vwi_lake.qa.lines import Line, leading_number
from vwi_lake.qa.numbered import Item, items_between
from vwi_lake.qa.questions import Question, Span, implied_start
from vwi_lake.qa.regions import ASIDES, QUESTIONS, Page, Region, in_link
from vwi_lake.qa.tokens import is_accepted, is_reply
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node


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
    for question in questions:
        if not question.solutions:
            answer_below_quote(page, question)
        if not question.solutions:
            question.solutions = [(aside.body, aside.stop) for aside in question.asides if aside.cue == "solution_like"]
    return [q for q in questions if (q.kind != "example" or q.solutions) and not is_trouble(page, q)]


_TROUBLES = words("problem challenge task problème défi problema desafio desafío reto sfida probleem problém tarea проблема")


def is_trouble(page: Page, question: Question) -> bool:
    """A problem or challenge of a business, not of a course: no number, no question, nothing to compute."""
    if question.kind == "trouble":
        return True
    label = page.labels[page.first(question.start)] if question.cue in ("heading", "bold_lead_in", "lead_in") else None
    if not label or label.number or label.word not in _TROUBLES or (question.cue == "heading" and label.rest):
        return False
    text = " ".join(line.text for line in page.between(question.start, question.stop))
    told = any(node.tag in ("math", "pre", "code", "img", "details") for node in page.tree.nodes[question.start : question.stop])
    return not told and not re.search(r"[\d?？؟=\\]", text)


def asked_regions(page: Page, regions: Sequence[Region]) -> list[Question]:
    """Regions of questions, each nest of them settled to the level that asks."""
    asking = [r for r in regions if r.kind in QUESTIONS and (r.kind != "example" or is_solved(page, r, regions)) and not announces(page, r)]
    asking = join_titles(page, asking)
    found: list[Question] = []
    i = 0
    while i < len(asking):
        outer = asking[i]
        j = i + 1
        while j < len(asking) and asking[j].start < outer.stop:
            j += 1
        found += settle_nest(page, asking[i:j], [r for r in regions if r.kind == "solution" and outer.start <= r.start < outer.stop])
        i = j
    return found


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
        joined.append(region)
    return joined


def is_title(page: Page, region: Region) -> bool:
    attrs = page.tree.nodes[region.start].attrs
    return any(
        part in ("title", "name", "headline")
        for part in f"{attrs.get('class') or ''} {attrs.get('id') or ''}".lower().replace("-", " ").replace("_", " ").split()
    )


def settle_nest(page: Page, nest: Sequence[Region], solutions: Sequence[Region]) -> list[Question]:
    """One question or several? Parts share a solution, questions have their own."""
    outer, *inner = nest
    inner = [r for r in inner if not titles(page, outer, r)]
    tops = [r for k, r in enumerate(inner) if not any(o.start < r.start < o.stop for o in inner[:k])]
    if not tops or (len(tops) == 1 and tops[0].cue != "exercise_class" and outer.cue == "exercise_class"):
        return [as_question(page, outer)]
    if len(tops) == 1 and tops[0].cue == "exercise_class":
        only = as_question(page, tops[0])
        return [
            Question(outer.start, outer.stop, only.body, only.number or number_of(page, outer), outer.cue, outer.kind, [rest(only, outer)])
        ]
    own = [s for s in solutions if not any(r.start <= s.start < r.stop for r in tops)]
    between = [s for s in own if any(r.start > s.start for r in tops)]
    if own and not between and len(own) < len(tops):
        return [as_question(page, outer)]
    found: list[Question] = []
    for top in tops:
        below = [r for r in nest if top.start <= r.start < top.stop]
        found += settle_nest(page, below, [s for s in solutions if top.start <= s.start < top.stop])
    return found


def rest(only: Question, outer: Region) -> Region:
    return Region("plan", only.stop, outer.stop, only.stop, "", "")


def titles(page: Page, outer: Region, region: Region) -> bool:
    """A lead-in that is its container's first line says what the container says."""
    return region.cue != "exercise_class" and outer.cue == "exercise_class" and page.first(outer.start) == page.first(region.start)


def is_solved(page: Page, region: Region, regions: Sequence[Region]) -> bool:
    return any(r.kind == "solution" and region.start <= r.start <= region.stop for r in regions)


def announces(page: Page, region: Region) -> bool:
    """A title with several numbered items straight after it: a section, not one question."""
    if region.number or number_of(page, region):
        return False
    first = page.first(region.body)
    if first < len(page.lines) and page.lines[first].level:
        first += 1
    items = items_between(page, region.body, region.stop)
    return len(items) > 1 and page.first(items[0].start) <= first


def as_question(page: Page, region: Region) -> Question:
    body = region.body
    i = page.first(region.start)
    label = page.labels[i] if i < len(page.labels) else None
    if region.cue == "exercise_class" and label and label.kind in ("question", "example") and not label.rest and i + 1 < len(page.lines):
        body = page.lines[i + 1].start
    number = region.number or number_of(page, region)
    return Question(region.start, region.stop, min(body, region.stop), number, region.cue, region.kind)


def number_of(page: Page, region: Region) -> str:
    i = page.first(region.start)
    label = page.labels[i] if i < len(page.labels) else None
    if label and label.number:
        return label.number
    if i and (number := number_beside(page, i)):
        return number
    items = items_between(page, region.start, page.lines[i].stop + 1) if i < len(page.lines) else []
    return items[0].number if items else ""


def number_beside(page: Page, i: int) -> str:
    """The number in the cell or term before a line."""
    before = page.lines[i - 1]
    if before.block.tag not in ("td", "th", "dt"):
        return ""
    items = items_between(page, before.start, page.lines[i].stop)
    return items[0].number if items and items[0].form in ("tr", "dt") else ""


def section_items(page: Page, regions: Sequence[Region], taken: Sequence[Question]) -> list[Question]:
    """Numbered items under a heading that announces questions."""
    found: dict[int, Question] = {}
    shut = [(r.start, r.stop) for r in regions if r.kind in ASIDES]
    asides = [start for start, _ in shut]
    spans = [(q.start, q.stop) for q in taken] + [(r.start, r.stop) for r in regions if r.kind in (*ASIDES, "key")]
    spans.sort()
    for start, stop, least in sections(page, regions):
        items = [item for item in items_between(page, start, stop, shut) if is_asking(page, item)]
        if len(items) < least:
            continue
        solved = [(0, 0) if bisect_left(asides, item.start) < bisect_left(asides, item.stop) else solved_by(page, item) for item in items]
        if 2 * sum(stop > start for start, stop in solved) < len(items):
            solved = [(0, 0)] * len(items)
        for item, (since, until) in zip(items, solved, strict=True):
            if not overlaps(spans, item):
                question = Question(item.start, item.stop, item.body, item.number, "numbered_list")
                if until > since:
                    question.asides, question.solutions = [Region("solution", since, until, since, "", "")], [(since, until)]
                found.setdefault(item.start, question)
    return drop_nested(sorted(found.values(), key=lambda q: (q.start, -q.stop)))


def solved_by(page: Page, item: Item) -> Span:
    """What answers a title that asks: the last block of code under it, or all of it under a question mark."""
    head, *lines = page.between(item.body, item.stop)
    if not head.level and head.lead != head.text:
        return 0, 0
    if lines and head.text.rstrip(" )*★☆").endswith(("?", "？", "؟")) and not any(line.raw for line in lines):
        return lines[0].start, item.stop
    code = [node for node in page.tree.nodes[item.start : item.stop] if node.tag == "pre"]
    last = lines[-1] if lines else head
    return (code[-1].index, item.stop) if code and code[-1].end >= last.stop else (0, 0)


def drop_nested(questions: list[Question]) -> list[Question]:
    kept: list[Question] = []
    for question in questions:
        if not kept or question.start >= kept[-1].stop:
            kept.append(question)
    return kept


def sections(page: Page, regions: Sequence[Region]) -> list[tuple[int, int, int]]:
    """Spans that hold questions, and how many items they must have to be believed."""
    found = [(r.body, r.stop, 1) for r in regions if r.kind == "section"]
    found += [(r.body, r.stop, 2) for r in regions if r.kind == "group" or (r.kind in ("question", "exercise") and announces(page, r))]
    found += [(start, stop, 2) for start, stop in titled_spans(page)]
    asked = Counter(line.level for line in page.lines if line.level and line.text.endswith(("?", "？")) and leading_number(line))
    if names_section(TITLE_END.split(page.tree.title)[0]) or max(asked.values(), default=0) > 2:
        found.append((0, len(page.tree.nodes), 3))
    return found


def titled_spans(page: Page) -> Iterator[Span]:
    """What stands below headings and bold lines that name sets of questions, down to the next such line or their answers."""
    for i, line in enumerate(page.lines):
        if (line.level or is_bold(line)) and not page.labels[i] and names_section(line.text):
            yield line.stop, next((page.starts[j] for j in range(i + 1, len(page.lines)) if ends_set(page, line, j)), len(page.tree.nodes))


def ends_set(page: Page, title: Line, j: int) -> bool:
    line, label = page.lines[j], page.labels[j]
    if title.level or line.level:
        return 0 < line.level <= (title.level or 7)
    return is_bold(line) and (names_section(line.text) or bool(label and not label.rest and names_key(label.word)))


def is_bold(line: Line) -> bool:
    return bool(line.text) and line.lead == line.text and line.block.tag == "p"


TITLE_END = re.compile(r"\s+[|–—-]\s+")  # what follows is the site's name


def overlaps(spans: Sequence[Span], item: Item) -> bool:
    """Does the item begin in a span, or hold the beginning of a question?"""
    k = bisect_right(spans, (item.start, len(spans) and spans[-1][1] + 10**9)) - 1
    return k >= 0 and item.start < spans[k][1]


def is_asking(page: Page, item: Item) -> bool:
    """Not a bare link, and not a word or two."""
    lines = page.between(item.body, item.stop)
    text = " ".join(line.text for line in lines)
    linked = sum(len(line.text) for line in lines if in_link(page.tree, line.start))
    return bool(item.number) and len(text) >= 4 and linked < 0.7 * len(text)


def attach(page: Page, questions: list[Question], regions: Sequence[Region]) -> list[Region]:
    """Give each solution to the question around it or right before it; the rest are orphans."""
    starts = [q.start for q in questions]
    orphans: list[Region] = []
    end = 0
    for region in regions:
        if region.kind not in ASIDES or region.start < end:
            continue
        if region.kind == "solution" and is_key(page, region, questions):
            region.kind = "key"
            continue
        end = region.stop
        k = bisect_right(starts, region.start) - 1
        question = questions[k] if k >= 0 else None
        if question and region.start < question.stop:
            if region.kind == "solution":
                question.asides.append(region)
        elif region.kind == "solution" and titled_otherwise(page, region):
            if question and is_near(page, question, region) and is_titled(page, question.start):
                question.kind = "trouble"
            continue
        elif not question or not is_near(page, question, region):
            if region.kind == "solution":
                orphans.append(region)
            continue
        if region.kind != "solution":
            question.asides.append(region)
        else:
            question.solutions.append((region.body, region.stop))
            if region.start >= question.stop:
                question.replies.append(region)
    for question in questions:
        choose_reply(page, question)
    return orphans


def titled_otherwise(page: Page, region: Region) -> bool:
    """A box called solution under a title of its own, "Our solutions": what firms sell."""
    return region.cue == "exercise_class" and is_titled(page, region.start) and not is_reply(page.tree.nodes[region.start])


def is_titled(page: Page, start: int) -> bool:
    """Does a span begin with a heading that is no label of ours?"""
    i = page.first(start)
    return bool(page.lines[i].level) and page.labels[i] is None


def choose_reply(page: Page, question: Question) -> None:
    """Of a thread's answers the accepted one, else the one with most votes, else the first."""
    nodes = page.tree.nodes
    boxes = [r for r in question.replies if r.cue == "exercise_class" and is_reply(nodes[r.start])]
    if len(boxes) < 2 or len(boxes) < len(question.solutions):
        return
    best = max(boxes, key=lambda r: (is_accepted(nodes[r.start]), votes(page, r), -r.start))
    question.solutions, question.cue = [(best.body, best.stop)], "qa_thread"


def votes(page: Page, region: Region) -> int:
    for node in page.tree.nodes[region.start : region.stop]:
        value = node.attrs.get("data-score") or node.attrs.get("data-votes") or ""
        if value.lstrip("-").isdigit():
            return int(value)
    return 0


def is_near(page: Page, question: Question, region: Region) -> bool:
    since = max([question.stop, *(stop for _, stop in question.solutions), *(aside.stop for aside in question.asides)])
    return sum(len(line.text) for line in page.between(since, region.start)) <= 80


def is_key(page: Page, region: Region, questions: Sequence[Question]) -> bool:
    """A last section whose numbers are those of several unsolved questions."""
    if region.cue not in ("heading", "bold_lead_in", "lead_in") or not questions or questions[-1].start > region.stop:
        return False
    unsolved = {q.number for q in questions if q.number and not q.solutions and q.stop <= region.start}
    shared = unsolved & {item.number for item in items_between(page, region.body, region.stop)}
    label = page.labels[page.first(region.start)]
    return len(shared) > (0 if label and names_key(label.word) else 1)


def implied(page: Page, questions: Sequence[Question], orphans: Sequence[Region]) -> list[Question]:
    """What stands before a solution that no question claims: back to the heading, rule, solution or element that bounds it."""
    found: dict[int, Question] = {}
    shut = sorted([q.stop for q in questions] + [stop for q in questions for _, stop in q.solutions] + [o.stop for o in orphans])
    for region in orphans:
        floor = shut[bisect_right(shut, region.start) - 1] if shut and shut[0] <= region.start else 0
        item = solved_item(page, region.start)
        start = page.starts[page.first(item.index)] if item else implied_start(page, region.start, floor)
        if start is None:
            continue
        question = found.setdefault(start, Question(start, item.end if item else region.start, start, "", region.cue, "implied"))
        question.number = question.number or number_of(page, Region("question", start, region.start, start, "", ""))
        question.asides.append(region)
        question.solutions.append((region.body, region.stop))
    return list(found.values())


def solved_item(page: Page, index: int) -> Node | None:
    """The outermost list item around a solution that holds its question as well: the parts of a question stay with their stem."""
    item: Node | None = None
    node = page.tree.nodes[index].parent
    while node:
        if node.tag == "li":
            line = page.lines[page.first(node.index)]
            item = node if line.start < index and not line.level else item
        node = node.parent
    return item


def answer_keys(page: Page, questions: Sequence[Question], regions: Sequence[Region]) -> None:
    """Join answers gathered elsewhere on the page to the unsolved questions by number; repeated numbers in order."""
    waiting: dict[str, list[Question]] = {}
    for question in questions:
        if question.number and not question.solutions:
            waiting.setdefault(question.number, []).append(question)
    join_links(page, questions)
    seen: Counter[str] = Counter()
    for region in regions:
        if region.kind != "key":
            continue
        for number, span in key_items(page, region):
            linked = question_at(page, questions, linked_to(page, span))
            if linked:
                linked.solutions = linked.solutions or [span]
                continue
            turn = seen[number]
            seen[number] += 1
            candidates = [q for q in waiting.get(number, []) if q.stop <= region.start or q.start >= region.stop]
            if turn < len(candidates):
                candidates[turn].solutions.append(span)


def join_links(page: Page, questions: Sequence[Question]) -> None:
    """Follow "[solution]" links within the page."""
    for question in questions:
        if question.solutions:
            continue
        for node in page.tree.nodes[question.start : question.stop]:
            if node.tag == "a" and (target := page.target(node)) and not question.start <= target.index < question.stop:
                label = lead_in(" ".join(n.text for n in page.tree.nodes[node.index : node.end]).strip(" []()→»"), True)
                if label and label.kind == "solution":
                    question.solutions = [linked_span(page, target)]
                    question.holes.append((node.index, node.end))
                    break


def linked_span(page: Page, target: Node) -> Span:
    """The element a link leads to; for an empty anchor the block it stands in or before."""
    node: Node = target
    while node.parent and (node.tag in ("a", "span", "b", "strong") or node.level):
        node = node.parent
    return (target.index, node.end)


def linked_to(page: Page, span: Span) -> int:
    """Where the first link of an answer leads, for answers that point back at their questions."""
    for node in page.tree.nodes[max(0, span[0] - 4) : min(span[1], span[0] + 6)]:
        if node.tag == "a" and (target := page.target(node)):
            return target.index
    return -1


def question_at(page: Page, questions: Sequence[Question], index: int) -> Question | None:
    """The question that holds the first line at or after a node."""
    i = page.first(index)
    index = page.starts[i] if index >= 0 and i < len(page.starts) else -1
    k = bisect_right([q.start for q in questions], index) - 1 if index >= 0 else -1
    return questions[k] if k >= 0 and index < questions[k].stop else None


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


def key_items(page: Page, region: Region) -> list[tuple[str, Span]]:
    return [(item.number, (item.body, item.stop)) for item in items_between(page, region.body, region.stop) if item.number]
