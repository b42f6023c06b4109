"""The labels of a page's lines, less those that only look like some: captions, rows of buttons, links, samples, proofs of theorems."""

import re
from urllib.parse import unquote

from vwi_lake.qa.labels import ASIDES, QUESTIONS, above, boxed_answer, in_link, label_of, parent_of, retitled
from vwi_lake.qa.leadins import LeadIn, ends_as_key, lead_in, names_question, names_section
from vwi_lake.qa.lines import QUESTION_MARKS, Line, leading_number
from vwi_lake.qa.tokens import is_figure
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node, Tree

LINKED = QUESTIONS | {"solution", "hint"}  # lead-ins that may be mere links to another page
TARGETS = ("href", "data-target", "data-bs-target")


def labels_of(tree: Tree, lines: list[Line], anchors: dict[str, Node]) -> list[LeadIn | None]:
    """One for each line, or None."""
    lists = glossaries(lines)
    labels = [None if line.block.tag == "dt" and parent_of(line.block) in lists else label_of(line) for line in lines]
    labels = [
        None
        if label
        and label.kind in LINKED
        and (opens_others(label) or is_blank(label) or is_tabled(line) or in_link(tree, line.start) or points(tree, line, anchors))
        else label
        for line, label in zip(lines, labels, strict=True)
    ]
    labels = [None if goes_on else label for label, goes_on in zip(labels, counted_on(lines, labels), strict=True)]
    labels = [None if proves else label for label, proves in zip(labels, proofs_apart(lines, labels), strict=True)]
    labels = [None if answers else label for label, answers in zip(labels, part_answers(lines, labels), strict=True)]
    labels = [None if is_caption(line, label) else label for line, label in zip(lines, labels, strict=True)]
    labels = [
        None if is_sample(lines, i, label) or is_thought(labels, i) or is_choice(lines, i, label) else label
        for i, label in enumerate(labels)
    ]
    labels = [None if cures else label for label, cures in zip(retitled(lines, labels), remedies(lines, labels), strict=True)]
    return [label or boxed_answer(lines, labels, i) for i, label in enumerate(labels)]


_SAMPLE = re.compile(r"\W*(?:input|输入|輸入|入力|入力例|entrada|entrée|eingabe|вход|입력)\b", re.IGNORECASE)


def is_sample(lines: list[Line], i: int, label: LeadIn | None) -> bool:
    """Does an "Example 1" give a program's input, as a part of what is asked?"""
    return bool(label and label.kind == "example" and not label.rest and i + 1 < len(lines) and _SAMPLE.match(lines[i + 1].text))


def is_choice(lines: list[Line], i: int, label: LeadIn | None) -> bool:
    """Is "A. to the left" the first of several, and no answer?"""
    if not label or label.word != "a" or i + 1 == len(lines):
        return False
    return lines[i + 1].text.lstrip("(（ ")[:2].lower() == "b" + lines[i].text.lstrip("(（ ")[1:2]


_CAUSES = re.compile(
    r"\W*(?:[^\W\d_]+ ){0,2}(?:causes?|causas?|ursachen?|przyczyn[ay]|причин[аы])(?: [^\W\d_]+){0,3}\s*[:：]", re.IGNORECASE
)


def remedies(lines: list[Line], labels: list[LeadIn | None]) -> list[bool]:
    """Which solutions end a trouble whose cause has just been told: nobody is asked for them."""
    found: list[bool] = []
    told = False
    for line, label in zip(lines, labels, strict=True):
        told = not line.level and (told or bool(_CAUSES.match(line.text)))
        found.append(bool(told and label and label.kind in ("solution", "key")))
        told = told and not label
    return found


def part_answers(lines: list[Line], labels: list[LeadIn | None]) -> list[bool]:
    """Which labels number the parts of a solution: below "Exercise 3" and its "Solution" a bold "Question 1" that is no title."""
    found: list[bool] = []
    word, solved = "", False  # of the title above, and whether its first label below was a solution's
    for line, label in zip(lines, labels, strict=True):
        if line.level:
            word, solved = (label.word, False) if label and label.kind in QUESTIONS and label.number else ("", False)
        parts = bool(solved and not line.level and label and label.kind in QUESTIONS and label.number and label.word != word)
        found.append(parts)
        if label and not line.level and not solved:
            word, solved = (word, bool(word)) if label.kind == "solution" else ("", False)
    return found


_THOUGHTS = words("解题思路 解題思路 解题方法 解題方法 参考代码 代码实现")


def is_thought(labels: list[LeadIn | None], i: int) -> bool:
    """Does a label only part a solution that another has opened?"""
    label = labels[i]
    if not label or label.word not in _THOUGHTS:
        return False
    before = next((other for other in labels[i - 1 :: -1] if other), None) if i else None
    return bool(before and before.kind == "solution")


def is_caption(line: Line, label: LeadIn | None) -> bool:
    """Within a picture's box "Problem 2" is a caption."""
    if not label or label.kind not in QUESTIONS:
        return False
    return any(is_figure(node) and any(n.tag in ("img", "svg") for n in node.children) for node in above(line.block, 3))


def opens_others(label: LeadIn) -> bool:
    """A row of buttons or tabs, "Hint Solution"."""
    other = (lead_in(label.rest, True) or ends_as_key(label.rest)) if 0 < len(label.rest) < 40 and not label.number else None
    return bool(other and other.kind in (*ASIDES, "key") and not other.rest and not other.number)


def is_blank(label: LeadIn) -> bool:
    """ "Answer: ____", for the reader to fill in"""
    return label.kind == "solution" and len(label.rest) > 2 and not label.rest.strip(":：_.… ")


def is_tabled(line: Line) -> bool:
    """One of several heads of a table's columns, or a cell below such, none of which is a question's."""
    row = line.block.parent if line.block.tag in ("th", "td") else None
    if row is None or line.block.tag == "th":
        return bool(row and sum(cell.tag == "th" for cell in row.children) > 1)
    heads = [text_of(cell) for cell in first_row(row) if cell.tag == "th"]
    return len(heads) > 1 and not any(names_question(text) or names_section(text) for text in heads)


def first_row(row: Node) -> list[Node]:
    """The cells of the first row of a row's table."""
    table: Node = row
    while table.parent and table.tag != "table":
        table = table.parent
    while table.children and table.tag != "tr":
        table = next((child for child in table.children if child.tag in ("thead", "tbody", "tr")), table.children[0])
    return table.children


def text_of(node: Node) -> str:
    """However deep it is nested."""
    found, left = "", [node]
    while left:
        node = left.pop()
        found += node.text
        left += reversed(node.children)
    return found


_HEADED = re.compile(r"\d+(?:\.\d+)+(?=\s)")


def counted_on(lines: list[Line], labels: list[LeadIn | None]) -> list[bool]:
    """Which answers' labels only go on counting what asks: "4. Prove that …" after 3, where a proof would answer."""
    found: list[bool] = []
    last: tuple[str, int] | None = None
    for line, label in zip(lines, labels, strict=True):
        headed = _HEADED.match(line.text) if line.level else None
        chapter, _, number = (headed[0] if headed else leading_number(line)).rpartition(".")
        count = (chapter, int(number)) if number.isdigit() else None
        goes_on = bool(last and count == (last[0], last[1] + 1) and label and label.kind == "solution" and label.rest)
        found.append(goes_on)
        if count:
            last = count if goes_on or not label or label.kind in QUESTIONS else None
    return found


_PROOFS = words("proof beweis démonstration preuve demostración dowód доказательство")


def proofs_apart(lines: list[Line], labels: list[LeadIn | None]) -> list[bool]:
    """Which labels open the proof of a theorem, or are a solution's part: only right behind what asks does a proof answer."""
    found: list[bool] = []
    asked = False
    for line, label in zip(lines, labels, strict=True):
        apart = bool(label and label.word in _PROOFS and (line.level or not line.lead or not asked))
        found.append(apart)
        if label and not apart:
            asked = label.kind in QUESTIONS
    return found


def glossaries(lines: list[Line]) -> frozenset[int]:
    """Term lists of which some term is no label: there "Answer" is a word explained."""
    terms = [line for line in lines if line.block.tag == "dt"]
    return frozenset(
        parent_of(line.block) for line in terms if line.text and not label_of(line) and not leading_number(line) and not asks(line)
    )


def asks(line: Line) -> bool:
    return line.text.endswith(QUESTION_MARKS)


_FRAME = " []()→»"


def points(tree: Tree, line: Line, anchors: dict[str, Node]) -> bool:
    """Is a line just a link to a place further on?"""
    node = tree.nodes[line.start].parent
    if node and node.tag == "button":
        return opens_box(tree, node, anchors)
    if not node or node.tag != "a" or " ".join("".join(n.text for n in node.children).split()).strip(_FRAME) != line.text.strip(_FRAME):
        return False
    href = node.attrs.get("href") or ""
    target = anchors.get(unquote(href[1:])) if href[:1] == "#" else None
    return bool(target and target.index > node.end and (target.level or is_far(tree, node, target)))


def opens_box(tree: Tree, button: Node, anchors: dict[str, Node]) -> bool:
    """Does a button name a box that is not the next thing on the page?"""
    name = next((value for name in TARGETS if (value := button.attrs.get(name)) and value[:1] == "#"), "")
    target = anchors.get(name[1:])
    return bool(target and is_far(tree, button, target))


def is_far(tree: Tree, node: Node, target: Node) -> bool:
    """Does anything stand between a link and where it leads?"""
    return any(n.text.strip() or n.image for n in tree.nodes[node.end : target.index])
