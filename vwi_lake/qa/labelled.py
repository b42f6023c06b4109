"""Regions opened by a lead-in, a heading or a bold or plain label, down to what closes them."""

import re
from bisect import bisect_left, bisect_right

from vwi_lake.qa.containers import containers
from vwi_lake.qa.leadins import LeadIn
from vwi_lake.qa.lines import Line, leading_number
from vwi_lake.qa.regions import ASIDES, QUESTIONS, Page, Region
from vwi_lake.qa.words import words
from vwi_lake.web.document import CELLS, Node


def find_regions(page: Page) -> list[Region]:
    """Containers and folds first; lead-ins where no solution's container holds them already."""
    boxes = containers(page)
    return sorted([*boxes, *labelled(page, boxes)], key=lambda region: (region.start, -region.stop))


def labelled(page: Page, boxes: list[Region]) -> list[Region]:
    """Regions opened by a lead-in; one that only titles its container is left to the container."""
    shut = [box for box in boxes if box.kind in ASIDES]
    asking = [box for box in boxes if box.kind in QUESTIONS]
    starts, found, asked = [box.start for box in shut], [], False
    asking_starts = [box.start for box in asking]
    for i, (line, label) in enumerate(zip(page.lines, page.labels, strict=True)):
        if not label:
            continue
        k = bisect_right(starts, line.start) - 1
        if k >= 0 and line.start < shut[k].stop:
            continue
        if label.word == "a" and not asked:
            continue
        asked = (label.word == "q") or (asked and label.kind != "question")
        found.append(lead_in_region(page, i, label, innermost(asking, asking_starts, line.start)))
    return found


def innermost(boxes: list[Region], starts: list[int], index: int) -> Region | None:
    """The last container to open that still holds a node."""
    k = bisect_right(starts, index) - 1
    for box in reversed(boxes[max(0, k - 20) : k + 1]):
        if index < box.stop:
            return box
    return None


def lead_in_region(page: Page, i: int, label: LeadIn, box: Region | None) -> Region:
    """From a lead-in to what closes it; in a question's container an aside runs on past headings of its own."""
    line = page.lines[i]
    boxed = bool(box and label.kind in ASIDES)
    stop = box.stop if box and boxed else scope_of(page, i, label).end
    if label.kind in ASIDES and not boxed:
        stop = next_number(page, i, stop)
    ended = False
    for j in range(i + 1, len(page.lines)):
        other, found = page.lines[j], page.labels[j]
        if other.start >= stop:
            break
        if (other.level and boxed and not found) or (not found and boxed):
            continue
        if closes(line, label, other, found) or page_rule_between(page, page.lines[j - 1].start, other.start, line.level):
            stop, ended = other.start, found is not None
            break
    if label.kind == "question" and label.rest and not ended and not line.level and shares_scope(page, i, label):
        stop = paragraph_end(page, i, stop)
    behind = page.lines[i + 1].start if i + 1 < len(page.lines) else stop
    body = line.start if label.rest else min(behind, stop)
    cue = "heading" if line.level else "bold_lead_in" if line.lead else "lead_in"
    return Region(label.kind, line.start, max(stop, line.stop), body, label.number, cue)


FAR = 60  # lines between a question's number and its solution's label


def next_number(page: Page, i: int, stop: int) -> int:
    """Where the count that stood before an aside goes on after it, unless it begins anew within."""
    before = next((n for j in range(i, max(-1, i - FAR), -1) if (n := count_of(page, j)) is not None), None)
    if before is None:
        return stop
    for j in range(i + 1, len(page.lines)):
        if page.lines[j].start >= stop:
            break
        number = count_of(page, j)
        if number == before + 1:
            return page.lines[j].start
        if number is not None and number <= before:
            break
    return stop


def count_of(page: Page, i: int) -> int | None:
    line = page.lines[i]
    number = leading_number(line) or page.numbers.get(line.block.index, "")
    return int(number) if number.isdigit() else None


def closes(line: Line, label: LeadIn, other: Line, found: LeadIn | None) -> bool:
    """Does a later line end what a lead-in opened?"""
    if other.level and (other.level <= line.level if line.level else True):
        return not (found and found.kind in ASIDES and label.kind in ("question", "example"))
    if not found:
        return False
    if label.kind in ("section", "key"):
        return found.kind in ("section", "key") and bool(other.level or not line.level)
    if found.kind in ASIDES:
        return label.kind in ASIDES and not (line.level and not other.level)
    return found.kind in ("question", "example", "section", "key")


def page_rule_between(page: Page, start: int, stop: int, level: int) -> bool:
    if level:
        return False
    k = bisect_left(page.rules, start)
    return k < len(page.rules) and page.rules[k] < stop


def scope_of(page: Page, i: int, label: LeadIn) -> Node:
    """The nearest block around a lead-in that holds more than its own paragraph."""
    line = page.lines[i]
    node = line.block
    if node.tag in ("p", "summary", "dt", "caption", "legend", "button") or line.level or not text_after(page, i, node):
        node = node.parent if node.parent and node.tag not in ("li", "dd", "td", "th", "blockquote", "details") else node
    while node.parent and (
        node.tag in ("summary", "a", "header", "hgroup") or is_header(node) or not (label.rest or text_after(page, i, node))
    ):
        node = node.parent
    if node.tag in CELLS and is_single_cell(node):
        return node
    return node


_HEADERS = words("header heading head title titlebar caption toggle")


def is_header(node: Node) -> bool:
    """A wrapper of a title and what stands beside it, not of what it titles."""
    told = (node.attrs.get("class") or "").lower() if node.attrs else ""
    return node.tag == "div" and any(part in _HEADERS for part in re.split(r"[\s_-]+", told))


def shares_scope(page: Page, i: int, label: LeadIn) -> bool:
    """Is there other text before a lead-in in the element it may reach to the end of?"""
    return page.first(scope_of(page, i, label).index) < i


def paragraph_end(page: Page, i: int, stop: int) -> int:
    """In running text a labelled question ends with its paragraph and the lists, code and figures right after it."""
    for j in range(i + 1, len(page.lines)):
        line, before = page.lines[j], page.lines[j - 1]
        if line.start >= stop:
            return stop
        if line.block is before.block or line.block.tag not in ("p", "div") or line.raw or before.text.endswith((":", "：")):
            continue
        if not line.text or line.text[:1] in "(（•–-" or line.text[:1].islower():
            continue
        return line.start
    return stop


def text_after(page: Page, i: int, node: Node) -> bool:
    return i + 1 < len(page.lines) and page.lines[i + 1].start < node.end


def is_single_cell(node: Node) -> bool:
    return sum(child.tag in CELLS for child in node.parent.children) == 1 if node.parent else True
