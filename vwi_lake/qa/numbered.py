"""Numbered items: list items, table rows, terms, headings and paragraphs that count up; also the items of an answer key."""

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from vwi_lake.qa.labels import above
from vwi_lake.qa.leadins import names_section, normal_number
from vwi_lake.qa.lines import BARE, LEADING, Line, leading_number
from vwi_lake.qa.regions import Page, Region
from vwi_lake.web.document import CELLS, Node


@dataclass(slots=True)
class Item:
    number: str
    start: int
    body: int
    stop: int
    form: str  # li, tr, dt, heading or text: the last two end where the next begins


def items_between(page: Page, start: int, stop: int, shut: Sequence[tuple[int, int]] = ()) -> list[Item]:
    """The numbered items of a span, outermost first, each reaching to the next or to the end of its own element; none begins in `shut`."""
    items: list[Item] = []
    closed_at, level = 0, 0
    first, last = page.first(start), page.first(stop)
    for i in range(first, last):
        line = page.lines[i]
        if line.start < closed_at or is_within(shut, line.start):
            continue
        if items and items[-1].form == "text" and items[-1].stop > line.start and page.ruled(page.starts[i - 1], line.start):
            items[-1].stop = line.start
        item = item_at(page, i, stop)
        if item is None:
            if line.level and items and not closed_at and items[-1].stop > line.start and not (level and line.level > level):
                items[-1].stop = line.start
            continue
        if items and items[-1].stop > item.start:
            overrules = item.form == "heading" and items[-1].form == "text"
            if not overrules and (item.form != items[-1].form or not follows(items[-1], item)):
                continue
            items[-1].stop = item.start
        if items and goes_on(page, items[-1], item):
            items[-1].stop = item.start
        items.append(item)
        closed_at = 0 if item.form in ("text", "heading") else item.stop
        level = line.level
    return items


FEW = 200  # characters; more introduce what follows


def goes_on(page: Page, last: Item, item: Item) -> bool:
    """Does a list, cut by what belongs to its last item, go on counting in another list?"""
    if not last.form == item.form == "li" or not last.number.isdigit() or item.number != str(int(last.number) + 1):
        return False
    one, two = page.tree.nodes[last.start].parent, page.tree.nodes[item.start].parent
    between = page.between(last.stop, item.start)
    return one is not two and not any(line.level for line in between) and sum(len(line.text) for line in between if not line.raw) < FEW


def is_within(spans: Sequence[tuple[int, int]], index: int) -> bool:
    """Do sorted spans, of which a few may nest, hold a node?"""
    k = bisect_right(spans, (index, sys.maxsize)) - 1
    return any(start <= index < stop for start, stop in spans[max(0, k - 3) : k + 1])


_PARTS = re.compile(r"\d+|[^\W\d_]+")


def follows(previous: Item, item: Item) -> bool:
    """A paragraph's number counts as the next item's only where it goes on counting."""
    one, two = _PARTS.findall(previous.number) or [""], _PARTS.findall(item.number) or [""]
    if not one[-1].isdigit() or not two[-1].isdigit():
        return False
    return (
        len(one) == len(two)
        and one[:-1] <= two[:-1]
        and (int(two[-1]) - int(one[-1]) in range(1, 12) or one[:-1] < two[:-1] or int(two[-1]) == 1)
    )


def holder(page: Page, line: Line) -> Node | None:
    """The list item, table row or term that a line begins."""
    node: Node | None = line.block
    while node and node.index and node.index <= line.start:
        if node.tag in ("li", "tr", "dt"):
            return node if first_line_start(page, node) == line.start else None
        if first_line_start(page, node) != line.start:
            return None
        node = node.parent
    return None


def first_line_start(page: Page, node: Node) -> int:
    i = page.first(node.index)
    return page.lines[i].start if i < len(page.lines) else -1


def item_at(page: Page, i: int, stop: int) -> Item | None:
    line = page.lines[i]
    node = holder(page, line)
    bare = BARE.match(line.text) if len(line.text) < 16 and not line.raw else None
    behind = page.lines[i + 1].start if i + 1 < len(page.lines) else line.stop
    if node and node.tag == "li":
        number = normal_number(match[1]) if (match := LEADING.match(line.text)) else page.numbers.get(node.index, "")
        return Item(number, node.index, line.start, min(node.end, stop), node.tag)
    if node and node.tag == "tr" and bare and sum(child.tag in CELLS for child in node.children) > 1:
        return Item(normal_number(bare[1]), node.index, behind, min(end_of_row(page, node), stop), node.tag)
    if node and node.tag == "dt" and bare:
        return Item(normal_number(bare[1]), node.index, behind, min(end_of_term(page, node), stop), "dt")
    if bare and behind < stop and not line.level:
        return Item(normal_number(bare[1]), line.start, behind, stop, "text")
    if number := leading_number(line):
        return Item(number, line.start, line.start, stop, "heading" if line.level else "text")
    return None


def end_of_row(page: Page, node: Node) -> int:
    """A row reaches over those that its first cell spans, and over those that leave it empty."""
    end = node.end
    rows = node.parent.children if node.parent else []
    spanned = next((cell.attrs.get("rowspan") or "1" for cell in node.children if cell.tag in CELLS), "1")
    if spanned.isdecimal() and int(spanned) > 1:
        here = bisect_left(rows, node.index, key=attrgetter("index"))
        below = [row for row in rows[here : here + 2 * int(spanned)] if row.tag == "tr"]  # white space may stand between rows
        end = below[min(int(spanned), len(below)) - 1].end
    for row in rows[bisect_left(rows, end, key=attrgetter("index")) :]:
        if row.tag != "tr":
            continue
        cells = [cell for cell in row.children if cell.tag in CELLS]
        if len(cells) < 2 or page.between(cells[0].index, cells[0].end):
            break
        end = row.end
    return end


def end_of_term(page: Page, node: Node) -> int:
    """A term reaches to the next term of its list."""
    stop, i = node.parent.end if node.parent else node.end, node.end
    while i < stop and page.tree.nodes[i].tag != "dt":
        i = page.tree.nodes[i].end
    return min(i, stop)


def announces(page: Page, region: Region) -> bool:
    """A title with several numbered items straight after it: a section, not one question."""
    if (region.number or number_of(page, region)) and not numbers_section(page, region):
        return region.cue == "heading" and titles_steps(page, region)
    first = page.first(region.body)
    if first < len(page.lines) and page.lines[first].level:
        first += 1
    items = items_between(page, region.body, region.stop)
    if len(items) > 1 and page.first(items[0].start) == first + 1 and region.cue != "exercise_class":
        return sum(is_solved_within(page, item) for item in items) > 1
    return len(items) > 1 and page.first(items[0].start) <= first


def titles_steps(page: Page, region: Region) -> bool:
    """A title over three or more titles that count up and are all answered by code."""
    items = [item for item in items_between(page, region.body, region.stop) if item.form == "heading"]
    return len(items) > 2 and all(typed_in(page, item) for item in items)


_PROMPT = re.compile(r"(?:In\s*)?\[[\s\d]*\]:?")
_TYPED = re.compile(r"(?:^|[\s_-])(?:code[_-]?cell|cell[_-]?input|input[_-]area|nbinput)(?=$|[\s_-])|CodeCell")


def typed_in(page: Page, item: Item) -> tuple[int, int] | None:
    """The code, and what it puts out, in a notebook's cell below an item's text."""
    lines = page.between(item.start, item.stop)
    for k, line in enumerate(lines[1:], 1):
        if line.raw or _PROMPT.fullmatch(line.text):
            told = [other for other in lines[k:] if not _PROMPT.fullmatch(other.text)]
            cells = any(_TYPED.search(node.attrs.get("class") or "") for node in above(page.tree.nodes[line.start].parent, 6))
            return (told[0].start, item.stop) if cells and told else None
    return None


def numbers_section(page: Page, region: Region) -> bool:
    """ "2.3.2 练习": a heading that counts sections, by a word that is its own plural."""
    line = page.lines[page.first(region.start)]
    return bool(line.level and re.match(r"\d+(?:\.\d+)+\.?\s", line.text) and names_section(line.text))


def is_solved_within(page: Page, item: Item) -> bool:
    labels = page.labels[page.first(item.start) : page.first(item.stop)]
    return any(label is not None and label.kind == "solution" and label.word != "a" for label in labels)


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
