"""Regions opened by a lead-in, a heading or a bold or plain label, down to what closes them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from vwi_lake.qa.containers import containers
from vwi_lake.qa.ends import closing, next_number, paragraph_end
from vwi_lake.qa.labels import ASIDES, QUESTIONS
from vwi_lake.qa.leadins import LeadIn, names_key, names_section
from vwi_lake.qa.numbered import end_of_row, end_of_term
from vwi_lake.qa.regions import START, Page, Region
from vwi_lake.qa.words import words
from vwi_lake.web.document import CELLS, Node

NUMBERED = QUESTIONS | {"solution"}


def find_regions(page: Page) -> list[Region]:
    """Containers and folds first; lead-ins where no solution's container holds them already."""
    boxes = containers(page)
    found = sorted([*boxes, *labelled(page, boxes)], key=lambda region: (region.start, -region.stop))
    for region in found:
        if region.kind == "solution" and region.cue == "heading" and holds_sets(page, region):
            region.kind = "key"
    found = [region for region in found if not is_page_of_both(page, region, found)]
    gather_keys(page, found)
    found = join_empty(page, found)
    keys = [r for r in found if r.kind == "key"]
    reach = list(accumulate((key.stop for key in keys), max))
    return [r for r in found if r.kind == "key" or not (k := bisect_left(keys, r.start, key=START)) or reach[k - 1] <= r.start]


def is_page_of_both(page: Page, region: Region, regions: Sequence[Region]) -> bool:
    """A page's title "Lab 2 solutions" over questions as well: nothing before it asks, and most of what it names below does."""
    if region.kind != "key" or page.lines[page.first(region.start)].level != 1:
        return False
    asking = [other for other in regions if other.kind in QUESTIONS]
    if len(asking) < 2 or asking[0].start < region.start:
        return False
    return 2 * sum("?" in page.lines[page.first(other.start)].text for other in asking) >= len(asking)


def join_empty(page: Page, regions: list[Region]) -> list[Region]:
    """A bare "View answer" right before a labelled answer goes with it."""
    kept: list[Region] = []
    for region in regions:
        last = kept[-1] if kept else None
        if last and last.kind == region.kind == "solution" and last.stop <= region.stop and not page.between(last.body, region.start):
            kept.pop()
            region.start = last.start
        kept.append(region)
    return kept


def gather_keys(page: Page, regions: Sequence[Region]) -> None:
    """Under "Solutions", questions named a second time are the answers to those that came before."""
    told = next((at for at, region in enumerate(regions) if region.kind == "solution"), len(regions))
    for at, region in enumerate(regions[: told + 1]):
        i = page.first(region.start)
        label, line = page.labels[i], page.lines[i]
        if not label or label.kind not in ("solution", "key", "section") or not line.is_title:
            continue
        least = 1 if names_key(label.word) else 2
        before = regions[:at]
        end = section_end(page, i)
        after = regions[at + 1 : bisect_left(regions, end, key=START)]
        again = {r.number for r in after if r.kind in NUMBERED and r.cue != "exercise_class"}
        if len(again) >= least and "" not in again and again <= {r.number for r in before if r.kind in QUESTIONS}:
            region.kind, region.stop = "key", end
            for other in before:
                if other.cue != "exercise_class":
                    other.stop = min(other.stop, region.start)


def section_end(page: Page, i: int) -> int:
    """Where a heading's section ends; a bold title's at the page's end."""
    level = page.lines[i].level
    following = (line.start for line in page.lines[i + 1 :] if line.level and line.level <= level)
    return next(following, len(page.tree.nodes)) if level else len(page.tree.nodes)


def holds_sets(page: Page, region: Region) -> bool:
    """Answers under the titles of the sets of questions they belong to."""
    lines = page.between(region.body, region.stop)
    return any(line.level and names_section(line.text) for line in lines)


def labelled(page: Page, boxes: list[Region]) -> list[Region]:
    """Regions opened by a lead-in; one that only titles its container is left to the container."""
    shut = [box for box in boxes if box.kind in ASIDES]
    asking = [box for box in boxes if box.kind in QUESTIONS]
    starts = [box.start for box in shut]
    found: list[Region] = []
    asked = headed = False
    asking_starts = [box.start for box in asking]
    for i, (line, label) in enumerate(zip(page.lines, page.labels, strict=True)):
        if not label:
            continue
        k = bisect_right(starts, line.start) - 1
        if k >= 0 and line.start < shut[k].stop:
            continue
        if label.word == "a" and not asked:
            continue
        if label.kind == "other":
            for region in () if headed else found[-3:]:  # a question, its hint and its solution
                if region.cue == "bold_lead_in":
                    region.stop = min(region.stop, line.start)
            continue
        if label.kind in QUESTIONS:
            headed = bool(line.level)
        asked = (label.word == "q") or (asked and label.kind != "question")
        region = lead_in_region(page, i, label, innermost(asking, asking_starts, line.start))
        k = bisect_left(starts, region.stop) - 1
        if region.kind in ASIDES and k >= 0 and line.start < shut[k].start < region.stop <= shut[k].body:
            region.stop = shut[k].start  # a hint ends before the fold that the next label heads
        found.append(region)
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
    scope = scope_of(page, i, label)
    stop = box.stop if box and boxed else end_of_row(page, scope) if scope.tag == "tr" and label.kind == "question" else scope.end
    if label.kind in ASIDES and not boxed:
        stop = next_number(page, i, stop)
    stop, ended = closing(page, i, label, stop, boxed)
    if label.kind == "question" and line.block.tag == "dt":
        stop = min(stop, end_of_term(page, line.block))
    if label.kind == "question" and label.rest and not ended and not line.level and shares_scope(page, i, label):
        stop = paragraph_end(page, i, stop)
    behind = page.lines[i + 1].start if i + 1 < len(page.lines) else stop
    start = opening(page, i) if label.kind == "question" and label.rest and not label.number and not line.level else line.start
    body = start if label.rest else min(behind, stop)
    cue = "heading" if line.level else "bold_lead_in" if line.lead else "lead_in"
    return Region(label.kind, start, max(stop, line.stop), body, label.number, cue)


def opening(page: Page, i: int) -> int:
    """Where a paragraph begins whose later line alone is labelled: "Given: a rope of 2 m." over "Task: …"."""
    k = i
    while k and page.lines[k - 1].block is page.lines[i].block and page.labels[k - 1] is None:
        k -= 1
    apart = k == 0 or page.lines[k - 1].block is not page.lines[i].block
    return page.lines[k].start if apart and page.lines[i].block.tag == "p" else page.lines[i].start


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


def text_after(page: Page, i: int, node: Node) -> bool:
    return i + 1 < len(page.lines) and page.lines[i + 1].start < node.end


def is_single_cell(node: Node) -> bool:
    return sum(child.tag in CELLS for child in node.parent.children) == 1 if node.parent else True
