"""Which solution belongs to which question: in it, right behind it, named by it, below a quoted one or a title, folded."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from vwi_lake.qa.keys import letters_in
from vwi_lake.qa.labels import ASIDES, above
from vwi_lake.qa.leadins import is_owned, names_key, names_question
from vwi_lake.qa.lines import QUESTION_MARKS
from vwi_lake.qa.numbered import items_between, number_of
from vwi_lake.qa.questions import Question, implied_start, question_at
from vwi_lake.qa.regions import START, Page, Region
from vwi_lake.qa.threads import content
from vwi_lake.qa.tokens import is_accepted, is_folded, is_reply
from vwi_lake.web.document import Node


def attach(page: Page, questions: list[Question], regions: Sequence[Region]) -> list[Region]:
    """Give each solution to the question around it or right before it; the rest are orphans."""
    starts = [q.start for q in questions]
    numbered: dict[str, list[Question]] = {}
    for each in questions:
        numbered.setdefault(each.number, []).append(each)
    orphans: list[Region] = []
    end = 0
    for region in regions:
        if region.kind not in ASIDES or region.start < end:
            continue
        if region.kind == "solution" and is_key(page, region, questions):
            region.kind = "key"
            cut(questions, region)
            continue
        end = region.stop
        k = bisect_right(starts, region.start) - 1
        question = questions[k] if k >= 0 and (region.start < questions[k].stop or is_near(page, questions[k], region)) else None
        if region.kind == "solution" and (named := question_named(page, questions, numbered, region, question)):
            question = named
        if (
            region.kind == "solution"
            and page.starts[page.first(region.start)] >= (question.stop if question else 0)
            and titled_otherwise(page, region)
        ):
            if question and is_titled(page, question.start):
                question.kind = "trouble"
        elif question:
            give(page, question, region)
        elif region.kind == "solution":
            orphans.append(region)
    for question in questions:
        choose_reply(page, question)
    return orphans


def cut(questions: Sequence[Question], key: Region) -> None:
    """The last question before a key ends where it begins."""
    before = bisect_left(questions, key.start, key=START)
    if before:
        questions[before - 1].stop = min(questions[before - 1].stop, key.start)


def give(page: Page, question: Question, region: Region) -> None:
    question.reach = max(question.reach, region.stop)
    inside = region.start < question.stop
    if inside or region.kind != "solution":
        question.asides.append(region)
    shown = any(node.text.strip() or node.image for node in page.tree.nodes[region.body : region.stop])
    if region.kind == "solution" and shown:
        question.solutions.append((region.body, region.stop))
        if not inside:
            question.replies.append(region)


MOST_TRIED = 20  # questions of one number


def question_named(
    page: Page, questions: Sequence[Question], numbered: Mapping[str, Sequence[Question]], region: Region, nearest: Question | None
) -> Question | None:
    """The earlier question that a solution's title links to or numbers, where that isn't the nearest one."""
    title = page.tree.nodes[region.start : page.lines[page.first(region.start)].stop]
    linked = next((target.index for node in title if node.tag == "a" and (target := page.target(node))), -1)
    if linked >= 0 and (found := question_at(page, questions, linked)) and found.stop <= region.start:
        return found
    label, line = page.labels[page.first(region.start)], page.lines[page.first(region.start)]
    is_behind = line.level > 0 and (nearest is None or nearest.stop <= region.start)
    if not label or not label.number or (region.cue == "exercise_class" and not is_behind):
        return None
    apart = bool(
        nearest and nearest.number and nearest.stop <= region.start and line.level and not label.rest
    )  # "Solution 1" after question 2
    if not apart and not names_question(line.text[len(label.word) :]):
        return None
    if nearest and (nearest.number == label.number or (nearest.cue == "exercise_class" and region.cue != "exercise_class")):
        return None
    alike = numbered.get(label.number, [])
    before = bisect_left(alike, region.start, key=START)
    named = next((q for q in reversed(alike[max(0, before - MOST_TRIED) : before]) if not q.solutions), None)
    if named and nearest:
        nearest.stop = min(nearest.stop, region.start)
    return named


def titled_otherwise(page: Page, region: Region) -> bool:
    """A box called solution under a title of its own, "Our solutions": what firms sell."""
    if region.cue != "exercise_class" or not is_titled(page, region.start):
        return False
    return is_owned(page.lines[page.first(region.start)].text) or not is_reply(page.tree.nodes[region.start])


def is_titled(page: Page, start: int) -> bool:
    """Does a span begin with a heading that is no label of ours?"""
    i = page.first(start)
    return bool(page.lines[i].level) and page.labels[i] is None


MOST_BETWEEN = 80  # characters: a button, a caption


def is_near(page: Page, question: Question, region: Region) -> bool:
    """Is there hardly a word between a question, with what it has been given, and a region?"""
    length, i = 0, page.first(max(question.stop, question.reach))
    if question.solutions and any(
        line.text.endswith(QUESTION_MARKS) for line in page.between(page.starts[i] if i < len(page.starts) else region.start, region.start)
    ):
        return False  # another question is what it answers
    while i < len(page.lines) and page.starts[i] < region.start and length <= MOST_BETWEEN:
        if fold := fold_around(page.lines[i].block):
            i = max(i + 1, page.first(fold.end))
            continue
        length += len(page.lines[i].text)
        i += 1
    return length <= MOST_BETWEEN


def fold_around(block: Node) -> Node | None:
    """The folded box that a line stands in."""
    return next((node for node in above(block, 4) if is_folded(node)), None)


def is_plural(page: Page, region: Region) -> bool:
    """A box with a title that is called by a plural: class="answers"."""
    node = page.tree.nodes[region.start]
    if not page.lines[page.first(region.start)].level:
        return False
    called_so = f"{node.attrs.get('class') or ''} {node.attrs.get('epub:type') or ''}".lower().split() if node.attrs else []
    return "answers" in called_so or "solutions" in called_so


MOST_NUMBERED = 100  # questions of a set that others follow


def is_key(page: Page, region: Region, questions: Sequence[Question]) -> bool:
    """A last section whose numbers are those of several unsolved questions."""
    label = page.labels[page.first(region.start)]
    heads = bool(label and names_key(label.word)) or is_plural(page, region)
    if (region.cue not in ("heading", "bold_lead_in", "lead_in") and not heads) or not questions:
        return False
    is_last = questions[-1].start <= region.stop
    if not is_last and not heads:
        return False
    until = bisect_left(questions, region.start, key=START)
    before = questions[:until] if is_last else questions[max(0, until - MOST_NUMBERED) : until]
    ended = (q for q in before if q.number and not q.solutions and (q.stop <= region.start or (heads and q.cue == "numbered_list")))
    unsolved = {q.number for q in ended}
    shared = unsolved & {item.number for item in items_between(page, region.body, region.stop)}
    shared |= unsolved & set(letters_in(page, region))
    if not is_last:  # answers below their set, other sets behind them
        return len(shared) > 1 and bool(before) and before[-1].number in shared
    return len(shared) > (0 if heads else 1)


def choose_reply(page: Page, question: Question) -> None:
    """Of a thread's answers the accepted one, else the one with most votes, else the first."""
    nodes = page.tree.nodes
    boxes = [r for r in question.replies if r.cue == "exercise_class" and is_reply(nodes[r.start])]
    if len(boxes) < 2 or len(boxes) < len(question.solutions):
        return
    best = max(boxes, key=lambda r: (is_accepted(nodes[r.start]), votes(page, r), -r.start))
    question.solutions, question.cue = [content(page, nodes[best.start])], "qa_thread"
    title = next((line for line in page.lines[: page.first(question.start)] if line.level == 1), None)
    if title and not question.spans:
        asked = content(page, nodes[question.start]) if nodes[question.start].end == question.stop else (question.body, question.stop)
        question.spans = [(title.start, title.stop), asked]


def votes(page: Page, region: Region) -> int:
    for node in page.tree.nodes[region.start : region.stop]:
        value = node.attrs.get("data-score") or node.attrs.get("data-votes") or ""
        if value.lstrip("-").isdigit():
            return int(value)
    return 0


def implied(page: Page, questions: Sequence[Question], orphans: Sequence[Region]) -> list[Question]:
    """What stands before a solution that no question claims: back to the heading, rule, solution or element that bounds it."""
    found: dict[int, Question] = {}
    shut = sorted([q.stop for q in questions] + [stop for q in questions for _, stop in q.solutions] + [o.stop for o in orphans])
    last: Question | None = None
    reached = 0
    for region in orphans:
        if last and reached <= region.start and not page.between(reached, region.start):
            last.solutions.append((region.body, region.stop))  # the explanation behind an answer
            last.asides.append(region)
            reached = region.stop
            continue
        floor = shut[bisect_right(shut, region.start) - 1] if shut and shut[0] <= region.start else 0
        item = solved_item(page, region.start)
        start = page.starts[page.first(item.index)] if item else implied_start(page, region.start, floor)
        if start is None or is_sister(page, start, region):
            continue
        question = found.setdefault(start, Question(start, item.end if item else region.start, start, "", region.cue, "implied"))
        question.number = question.number or number_of(page, Region("question", start, region.start, start, "", ""))
        question.asides.append(region)
        question.solutions.append((region.body, region.stop))
        last, reached = question, region.stop
    return [*found.values(), *counted_on(page, list(found.values()), reached)]


def counted_on(page: Page, found: Sequence[Question], reached: int) -> list[Question]:
    """Where solved paragraphs count up, those that count on behind the last are questions too."""
    if (
        len(found) < 2
        or not found[-1].number.isdigit()
        or not found[-2].number.isdigit()
        or int(found[-1].number) != int(found[-2].number) + 1
    ):
        return []
    around = page.lines[page.first(found[-1].start)].block.parent
    items = items_between(page, reached, around.end) if around else []
    first = int(found[-1].number) + 1
    counting = [item for k, item in enumerate(items) if item.number == str(first + k)]
    return [Question(item.start, item.stop, item.body, item.number, "numbered_list") for item in counting]


def is_sister(page: Page, start: int, region: Region) -> bool:
    """Sections side by side, the second called by a plural: "Answers" below what is no question."""
    i = page.first(region.start)
    label, head = page.labels[i], page.lines[page.first(start)]
    return bool(label and head.level and head.level == page.lines[i].level and names_key(label.word))


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
