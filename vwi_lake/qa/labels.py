"""What the lines of a page are labelled: bare words, heads of folds, code that begins with a comment, titles that come again."""

import re
from collections.abc import Iterator

from vwi_lake.qa.leadins import (
    LeadIn,
    alternatives,
    ends_as_key,
    invites,
    lead_in,
    names_key,
    names_question,
    opens_answer,
    opens_hint,
    reveals,
)
from vwi_lake.qa.lines import Line
from vwi_lake.qa.tokens import called, is_solution_like
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node, Tree

QUESTIONS = frozenset(("question", "exercise", "example"))
ASIDES = frozenset(("solution", "hint", "plan"))  # what a question leaves out
_AS_ANSWER = re.compile(rf"(.{{2,60}}?)[\s—–:|,(\[-]+({alternatives('solution')})[)\]]?", re.IGNORECASE)
_TITLED = re.compile(r"\s*[—–:|(\[]|\s-\s")


def retitled(lines: list[Line], labels: list[LeadIn | None]) -> list[LeadIn | None]:
    """A title that comes again, "Exercise 3 — Solution" below "Exercise 3", opens its answer."""
    titles: dict[str, int] = {}
    found = list(labels)
    for i, (line, label) in enumerate(zip(lines, labels, strict=True)):
        if not line.is_title or len(line.text) > 80 or (label and label.kind not in QUESTIONS):
            continue
        again = _AS_ANSWER.fullmatch(line.text)
        if again and (at := titles.get(title_of(again[1]))) is not None:
            found[at] = found[at] or LeadIn("question", title_of(again[1]), "", "")
            found[i] = LeadIn("solution", again[2].lower(), label.number if label else "", "")
        elif label or names_question(line.text):
            titles[title_of(line.text)] = i
    return found


def title_of(text: str) -> str:
    """What a title begins with: "Exercise 3: Sorting" is exercise 3."""
    return _TITLED.split(text, maxsplit=1)[0].strip().lower()


_REMARKS = words("discussion commentary comment comments debrief debriefing")
_REACTIONS = words("retroalimentación rétroaction rückmeldung")


def boxed_answer(lines: list[Line], labels: list[LeadIn | None], i: int) -> LeadIn | None:
    """What titles an answer only within a box: "Discussion" behind what an exercise asks, "Rückmeldung" within what is called so."""
    line = lines[i]
    text = line.text.rstrip(" :").lower() if len(line.text) < 20 else ""
    if text not in _REMARKS | _REACTIONS or not line.is_title:
        return None
    boxes = {called(node): node.index for node in above(line.block, 6) if node.attrs}
    if text in _REACTIONS:
        return LeadIn("solution", text, "", "") if "solution" in boxes else None
    start = min((index for kind, index in boxes.items() if kind in QUESTIONS), default=line.start)
    told = [
        label and label.kind
        for other, label in zip(lines[max(0, i - MOST_ASKED) : i], labels[max(0, i - MOST_ASKED) : i], strict=True)
        if other.start > start
    ]
    return LeadIn("solution", text, "", "") if told and "solution" not in told else None


MOST_ASKED = 40  # lines before such a title


def above(node: Node | None, most: int) -> Iterator[Node]:
    """A node and those around it, the nearest first."""
    while node and most:
        yield node
        node, most = node.parent, most - 1


_SOMEBODYS = re.compile(r"(?:(?:[\w.]+\s){0,3}[\w.]+['’]s|my|meine?|ma|mi|minha|moj[ae]|мо[её]|我的)\s*(?=[^\W\d])", re.IGNORECASE)


def somebodys(text: str) -> LeadIn | None:
    """ "Author's solution:", "My solution" """
    owner = _SOMEBODYS.match(text[:80])
    found = lead_in(text[owner.end() :], True) if owner else None
    return found if found and found.kind == "solution" and not names_key(found.word) else None


def is_aside(text: str) -> bool:
    """A bare "Solution" or "Hint"."""
    return bool((found := lead_in(text, True)) and not found.rest and found.kind in ASIDES)


def labelled_boxes(tree: Tree) -> frozenset[int]:
    """Nodes of what looks like navigation or the like but begins with a bare "Solution", as a fold's head does."""
    shown: set[int] = set()
    for node in tree.nodes:
        if node.boilerplate and node.tag == "div" and node.parent and not node.parent.boilerplate:
            texts = [n for n in tree.nodes[node.index : node.end] if n.text.strip()]
            if len(texts) > 1 and len(texts[0].text) < 60 and is_aside(texts[0].text.strip()):
                shown.update(range(node.index, node.end))
    return frozenset(shown)


def parent_of(node: Node) -> int:
    return node.parent.index if node.parent else 0


def in_link(tree: Tree, index: int) -> bool:
    """Does a link that leaves the page surround a node?"""
    node = tree.nodes[index].parent
    for _ in range(3):
        if node is None:
            return False
        if node.tag == "a" and not (node.attrs.get("href") or "#").startswith(("#", "javascript:")):
            return True
        node = node.parent
    return False


_IN_CODE = re.compile(
    r"\s*(?:#|//|%|--|/\*|;)+\s*(?:begin |sample )?(?:solution|answer)\s*(?:\d+\s*)?[:.]?\s*(?:\*/\s*)?(?:\n|$)", re.IGNORECASE
)


def answer_in_code(text: str) -> LeadIn | None:
    """Code that begins with a comment "SOLUTION", as course notebooks have it."""
    return LeadIn("solution", "solution", "", text) if _IN_CODE.match(text) else None


def fold_label(line: Line) -> LeadIn | None:
    """What the head of a fold, or a line that invites to unfold, says it opens."""
    folds = any(node.tag in ("summary", "button") for node in above(line.block, 2))
    if folds and opens_hint(line.text) and not any(is_solution_like(node) for node in above(line.block, 3) if node.attrs):
        return LeadIn("hint", line.text.lower(), "", "")
    if (opens_answer(line.text) if folds else invites(line.text)) or (line.block.tag == "summary" and reveals(line.text)):
        return lead_in(line.text, True) or LeadIn("solution", line.text.lower(), "", "")
    return None


def label_of(line: Line) -> LeadIn | None:
    """The lead-in of a line: a heading, a bold run at its start, or plain words with a colon."""
    if line.raw or not line.text:
        return answer_in_code(line.text)
    if opens := fold_label(line):
        return opens
    if line.level or line.block.tag in ("summary", "button", "dt", "legend", "th", "caption"):
        return lead_in(line.text, len(line.text) < 160) or (ends_as_key(line.text) if line.level else None)
    if line.lead and (found := lead_in(line.lead, True) or somebodys(line.lead)):
        rest = (found.rest + " " + line.text[len(line.lead) :].strip()).strip()
        return LeadIn(found.kind, found.word, found.number, rest)
    whole = lead_in(line.text, True) if len(line.text) < 60 else None
    if whole and not whole.rest and whole.kind != "section":
        return whole
    return lead_in(line.text, False)
