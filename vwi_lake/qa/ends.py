"""Where what a lead-in opens ends: at another lead-in, a heading or a rule, where a count goes on, with its paragraph."""

import re
from itertools import islice

from vwi_lake.qa.labels import ASIDES
from vwi_lake.qa.leadins import LeadIn, names_key
from vwi_lake.qa.lines import Line, ends_sentence, leading_number
from vwi_lake.qa.regions import Page


def closing(page: Page, i: int, label: LeadIn, stop: int, boxed: bool) -> tuple[int, bool]:
    """Where a lead-in's text ends before its scope does, and whether another lead-in ends it."""
    line = page.lines[i]
    for j in range(i + 1, len(page.lines)):
        other, found = page.lines[j], page.labels[j]
        if other.start >= stop:
            break
        if boxed and not found:
            continue
        if closes(line, label, other, found) or heads_key(page, label, j):
            return other.start, found is not None
        if not line.level and page.ruled(page.starts[j - 1], other.start):
            return other.start, False
    return stop, False


FAR = 60  # lines between a question's number and its solution's label
LONGEST = 500  # lines of a solution
SKIPPED = 10  # numbers in bold that a selection of answers leaves out


def next_number(page: Page, i: int, stop: int) -> int:
    """Where the count that stood before an aside goes on after it, unless it begins anew within."""
    back = [j for j in range(i, max(-1, i - FAR), -1) if count_of(page, j) is not None]
    spoken = (j for j in back if not page.lines[j].level and leading_number(page.lines[j]))  # choices may be counted, too
    return min((resumed(page, k, i, stop) for k in {*back[:1], *islice(spoken, 1)}), default=stop)


def resumed(page: Page, k: int, i: int, stop: int) -> int:
    """Where the count of one line goes on behind another."""
    chapter, last = count_of(page, k) or ("", 0)
    for j in range(i + 1, min(len(page.lines), i + LONGEST)):
        if page.lines[j].start >= stop:
            break
        number = count_of(page, j)
        if number is None or number[0] != chapter:
            continue
        if number[1] <= last:
            break
        if number[1] <= last + (SKIPPED if page.lines[j].lead and page.lines[k].lead else 1):
            return page.lines[j].start
    return stop


def count_of(page: Page, i: int) -> tuple[str, int] | None:
    """What a line is counted as: 3 is ("", 3), and 2.3 in bold ("2.", 3)."""
    line = page.lines[i]
    number = leading_number(line) or page.numbers.get(line.block.index, "")
    chapter, dot, last = number.rpartition(".")
    return (chapter + dot, int(last)) if last.isdigit() and (not dot or line.lead) else None


def heads_key(page: Page, label: LeadIn, j: int) -> bool:
    """Within a set of questions, a plural alone on its line above a number: the answers to all of them."""
    line, found = page.lines[j], page.labels[j]
    if label.kind != "section" or not found or found.rest or not names_key(found.word) or not line.is_title:
        return False
    return j + 1 < len(page.lines) and count_of(page, j + 1) is not None


_PARTS = re.compile(  # of a programming problem
    r"(?:sample |example )?(?:input|output)s?(?: format| example)?\W*\d*|constraints|samples?\W*\d*"
    r"|输入.{0,4}|输出.{0,4}|样例.{0,4}|数据范围.{0,6}|入力.{0,2}|出力.{0,2}|制約"
    r"|входные данные|выходные данные",
    re.IGNORECASE,
)


def closes(line: Line, label: LeadIn, other: Line, found: LeadIn | None) -> bool:
    """Does a later line end what a lead-in opened?"""
    if other.level and (other.level <= line.level if line.level else True):
        return not (found and found.kind in ASIDES and label.kind in ("question", "example")) and not _PARTS.fullmatch(other.text)
    if not found:
        return False
    if found.kind == "section" and label.kind == "solution" and names_key(label.word) and other.level > line.level > 0:
        return False  # answers under the titles of their sets
    if label.kind in ("section", "key"):
        return found.kind in ("section", "key") and bool(other.level or not line.level)
    if found.kind in ASIDES:
        return label.kind in ASIDES and (found.kind == "solution" != label.kind or not (line.level and not other.level))
    return found.kind in ("question", "example", "section", "key")


def paragraph_end(page: Page, i: int, stop: int) -> int:
    """In running text a labelled question ends with its paragraph and the lists, code and figures right after it."""
    titled = page.lines[i].is_title
    for j in range(i + 1, len(page.lines)):
        line, before = page.lines[j], page.lines[j - 1]
        if line.start >= stop:
            return stop
        if line.block is before.block or line.block.tag not in ("p", "div") or line.raw or before.text.endswith((":", "：")):
            continue
        if is_display(page, line) or (is_display(page, before) and goes_on(page, i, j)):
            continue
        if line.text[:1] in "(（•–-" or line.text[:1].islower() or _PART.match(line.text) or is_answered(page, j, stop):
            continue
        if not titled:
            return line.start
        titled = False
    return stop


_PART = re.compile(r"[a-h][.)]\s")


def is_display(page: Page, line: Line) -> bool:
    """A picture, code or a formula of its own."""
    spoken = (node.tag for node in page.tree.nodes[line.start : line.stop] if node.text.strip())
    return line.raw or all(tag == "math" for tag in spoken)


def goes_on(page: Page, i: int, j: int) -> bool:
    """Was a sentence left open by the formula, code or picture before a line?"""
    spoken = next((line.text for line in reversed(page.lines[i:j]) if not is_display(page, line)), ".")
    return not ends_sentence(spoken)


SOON = 12  # lines


def is_answered(page: Page, j: int, stop: int) -> bool:
    """Does a solution's label follow soon, before anything else ends the question?"""
    ahead = range(j, min(j + SOON, page.first(stop)))
    return any((label := page.labels[k]) is not None and label.kind in ASIDES and label.word != "a" for k in ahead)
