"""Elements that call themselves exercise, question, solution or hint, and folds whose summary does."""

import re
from bisect import bisect_left
from operator import attrgetter

from vwi_lake.qa.labels import ASIDES, QUESTIONS, above
from vwi_lake.qa.leadins import lead_in, opens_answer
from vwi_lake.qa.lines import QUESTION_MARKS
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.tabs import tabbed
from vwi_lake.qa.threads import is_post
from vwi_lake.qa.tokens import called, is_poll, is_solution_like, offered, ticked
from vwi_lake.qa.words import words
from vwi_lake.web.document import CELLS, Node, Tree


def containers(page: Page) -> list[Region]:
    """Elements that call themselves exercise, question, solution or hint, and folds whose summary does."""
    found: list[Region] = []
    aside_until = 0
    panels = tabbed(page)
    for node in page.tree.nodes:
        if node.boilerplate or node.index < aside_until:
            continue
        if is_poll(node) and node.tag not in ("body", "html", "main"):
            aside_until = node.end
            continue
        kind, cue = (panels[node.index], "exercise_class") if node.index in panels else kind_of(page, node)
        if not kind or not has_text(page, node):
            continue
        i = page.first(node.index)
        label = page.labels[i]
        if kind in ASIDES and label and not label.rest and label.kind in ASIDES and page.first(node.end) == i + 1 and node.tag != "details":
            continue  # a label or a button, and no more: what it names follows
        if kind in QUESTIONS and label and label.kind in ASIDES and not label.rest:
            if any(other and other.kind in ASIDES and other.kind != label.kind for other in page.labels[i : page.first(node.end)]):
                continue  # folds of several kinds
            kind = label.kind  # a fold beside the exercise, named after it
        elif (
            kind in QUESTIONS
            and page.first(node.end) == i + 1
            and is_part_of_question(node)
            and (is_name(node) or (label and not label.rest))
        ):
            continue  # the title of the box around it
        if kind in ASIDES and label and label.kind in QUESTIONS:
            continue  # a tip box that poses an exercise
        region = Region(kind, node.index, node.end if node.tag != "p" else figures_behind(page, node), node.index, "", cue)
        if kind in ASIDES:
            aside_until = node.end
            region.body = after_label(page, node)
            if label and label.kind in ("hint", "solution") and not label.rest and kind != "plan":
                region.kind = label.kind
            if region.kind == "hint" and is_solution_like(node):
                region.cue = "solution_like"
        found.append(region)
    return found


def is_part_of_question(node: Node) -> bool:
    return bool(node.parent and called(node.parent) in QUESTIONS)


_NAMES = re.compile(r"(?<![a-z])(?:exercise|problem|task|exercice|ejercicio|aufgaben?)[-_]?title(?![a-z])", re.IGNORECASE)


def is_name(node: Node) -> bool:
    """ "exerciseTitle" """
    return bool(node.attrs) and bool(_NAMES.search(node.attrs.get("class") or ""))


def figures_behind(page: Page, node: Node) -> int:
    """Where the figures right behind a paragraph end."""
    stop = node.end
    for after in node.parent.children if node.parent else ():
        if after.index < stop or not (after.tag != "#text" or after.text.strip()):
            continue
        if after.tag != "figure" and (text_length(page, after) or not any(n.image for n in page.tree.nodes[after.index : after.end])):
            break
        stop = after.end
    return stop


def kind_of(page: Page, node: Node) -> tuple[str | None, str]:
    """What an element says it is, or a fold's summary for it, and by which cue; no labels, choices or threads."""
    kind: str | None = titled_as(node) or called(node)
    cue = "exercise_class"
    if node.tag == "details" and kind not in ("solution", "hint"):
        fold = fold_kind(page, node)
        kind, cue = (fold or kind, "details" if fold else cue) if not asks(page, node) else (None, cue)
    if node.tag == "span" and text_length(page, node) < 60:
        return None, cue  # a label
    if kind == "solution" and is_post(node):
        return None, cue
    if kind == "solution":
        choices = (
            (node.tag in ("li", "label") and not answers_sister(node))
            or offered(page.tree, node)
            or ticked(page.tree, node)
            or any(offered(page.tree, around) for around in above(node.parent, 2))
        )
        if choices or holds_several(node) or holds_controls(page.tree, node):
            return None, cue
    return kind, cue


_TITLING = words("title label text caption summary more open show header heading")


def titled_as(node: Node) -> str | None:
    """What a title says that no line of the page holds: aria-label="Solution", data-text-more="Show the answer"."""
    if node.tag not in ("div", "section", "aside", "article", "p"):
        return None
    for name, value in node.attrs.items() if node.attrs else ():
        if name in ("title", "aria-label") or (name.startswith("data-") and not _TITLING.isdisjoint(name.split("-"))):
            label = lead_in(value or "", True)
            if label and not label.rest and (label.kind in ASIDES or (label.kind in QUESTIONS and label.number)):
                return label.kind
            if opens_answer(value or ""):
                return "solution"
    return None


def answers_sister(node: Node) -> bool:
    """An item beside one that is called a question."""
    return any(called(sister) in QUESTIONS for sister in (node.parent.children if node.parent else ()) if sister.attrs)


def holds_several(node: Node) -> bool:
    """Two or more elements in one place, right in it or one below, that are answers on their own."""
    boxes = (node, *node.children)
    return any(sum(bool(child.attrs) and called(child) == "solution" for child in box.children) > 1 for box in boxes)


def holds_controls(tree: Tree, node: Node) -> bool:
    return any(n.tag == "input" and (n.attrs.get("type") or "") in ("radio", "checkbox") for n in tree.nodes[node.index : node.end])


def text_length(page: Page, node: Node) -> int:
    return sum(len(n.text) for n in page.tree.nodes[node.index : node.end])


def fold_kind(page: Page, node: Node) -> str | None:
    line = page.first(node.index)
    if line < len(page.lines) and page.lines[line].start < node.end and (label := page.labels[line]) and label.kind in ASIDES:
        return label.kind
    return None


def asks(page: Page, node: Node) -> bool:
    """A fold whose summary is the question itself, or that of one beside it."""
    if not node.parent or ends_asking(page, node):
        return True
    beside = node.parent.children
    k = bisect_left(beside, node.index, key=attrgetter("index"))
    around = [other for other in beside[max(0, k - 3) : k + 4] if other.tag == "details" and other.attrs == node.attrs]
    if called(node) != "question" or not has_text(page, node):
        return False
    return page.labels[page.first(node.index)] is None and any(ends_asking(page, other) for other in around)


def ends_asking(page: Page, fold: Node) -> bool:
    i = page.first(fold.index)
    return i < len(page.lines) and page.lines[i].start < fold.end and page.lines[i].text.endswith(QUESTION_MARKS)


def has_text(page: Page, node: Node) -> bool:
    line = page.first(node.index)
    return line < len(page.lines) and page.lines[line].start < node.end


def after_label(page: Page, node: Node) -> int:
    """Where a container's text begins: behind its summary, button or bare label."""
    i = page.first(node.index)
    line, label = page.lines[i], page.labels[i]
    follows = i + 1 < len(page.lines) and page.lines[i + 1].start < node.end
    if line.block.tag in ("summary", "button") or (label and label.kind in ASIDES and not label.rest):
        if follows and page.lines[i + 1].block.tag in CELLS:
            return min(page.lines[i + 1].start, max(line.stop, line.block.end))  # with the row's first cell whole
        return page.lines[i + 1].start if follows else node.end
    return node.index
