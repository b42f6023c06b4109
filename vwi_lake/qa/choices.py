"""Choices and marked right answers: selects, radio and checkbox groups, blanks that carry their answer, lettered lists."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import ascii_uppercase

from vwi_lake.qa.leadins import lead_in
from vwi_lake.qa.regions import Page
from vwi_lake.qa.tokens import MOST_CHOICES, TICKS, called, is_feedback, offered, ticked
from vwi_lake.qa.words import words
from vwi_lake.web.document import BLOCKS, Node, Tree, settle, spell

_RIGHT_CLASSES = words(
    "correct right is-correct iscorrect correct-answer correctanswer answer-correct right-answer rightanswer correct-option "
    "correct-choice correct_answer right_answer richtig correcta correcto correcte vrai bonne juste giusta poprawna "
    "spravne korrekt verno helyes dogru benar"
)
_RIGHT_FLAGS = (
    "data-correct",
    "data-is-correct",
    "data-iscorrect",
    "data-right",
    "data-correct-answer",
    "iscorrect",
    "correct",
    "data-answer",
    "data-valid",
)
_YES = frozenset(("true", "1", "yes", "correct", "right", "answer", "t", "y"))
_TOLD = (
    "data-answer",
    "data-solution",
    "data-correct-answer",
    "data-correct",
    "data-answers",
    "data-correct-value",
    "data-expected",
    "data-right-answer",
)
_TELLING = frozenset(_TOLD)
_RIGHT_ENDING = re.compile(
    r"(?:(?<![A-Za-z])(?<!not[-_])correct|(?<=[a-z])(?<!in)(?<!not)Correct)(?:[-_]?(?:[Aa]nswer|[Oo]ption|[Cc]hoice))?$"
)  # "h5p-correct"
LETTERED = re.compile(r"[(（]?([A-Ha-hА-Еа-еア-オ가-마]|[ivx]{1,4}|أ|ب|ج|د|ا)[.)）:：、]\s*(\S.*)", re.DOTALL)
_LETTER = re.compile(r"[(（]?([A-Ha-h])[)）.:]?$")


@dataclass(slots=True)
class Blank:
    """One thing to fill in: its place, the choices it offers and those marked right."""

    start: int
    stop: int
    choices: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    is_inline: bool = True  # stands within its sentence
    is_marked: bool = False  # by the page's own attributes, not by bold letters


def find_blanks(page: Page) -> list[Blank]:
    """All form controls that ask, in reading order."""
    tree = page.tree
    groups: dict[tuple[str, int], list[Node]] = {}
    found: list[Blank] = []
    labels = {node.attrs.get("for") or "": node for node in tree.nodes if node.tag == "label"}
    for node in tree.nodes:
        if node.boilerplate:
            continue
        if node.tag == "select":
            found += select_blank(tree, node)
        elif node.tag in ("input", "textarea"):
            kind = (node.attrs.get("type") or "text").lower()
            if kind in ("radio", "checkbox"):
                groups.setdefault(group_key(node), []).append(node)
            elif kind in ("text", "number") and (told := answers_told(node)):
                found.append(Blank(node.index, node.end, [], told))
    found += [blank for node in tree.nodes if node.tag in ("ul", "ol") and not node.boilerplate and (blank := marked_list(tree, node))]
    found += [blank for members in groups.values() if (blank := group_blank(page, members, labels))]
    return sorted(found, key=lambda blank: blank.start)


def select_blank(tree: Tree, node: Node) -> list[Blank]:
    options = [n for n in tree.nodes[node.index : node.end] if n.tag == "option"]
    named = [(text_of(tree, option), option) for option in options]
    right = [text for text, option in named if text and is_marked(option)]
    if not right and (told := answers_told(node)):
        right = [text for text, option in named if text and (text in told or option.attrs.get("value") in told)]
    choices = [text for text, option in named if text and option.attrs.get("value") != "blank"]
    return [Blank(node.index, node.end, choices, right)] if right and 1 < len(choices) <= 3 * MOST_CHOICES else []


def marked_list(tree: Tree, node: Node) -> Blank | None:
    """A list of what it calls answers, without controls, of which some are marked right."""
    ticks = ticked(tree, node) if called(node) == "solution" else []
    items = offered(tree, node) or [child for child in node.children if ticks and child.tag == "li"]
    texts = [strip_letter(choice_text(tree, item, letter)) for item, letter in zip(items, ascii_uppercase, strict=False)]
    right = [text for text, item in zip(texts, items, strict=True) if is_marked(item) or item in ticks]
    if not all(texts) or not 0 < len(right) < len(items) or any(n.tag == "input" for n in tree.nodes[node.index : node.end]):
        return None
    return Blank(items[0].index, node.children[-1].end, texts, right, False)


def group_key(node: Node) -> tuple[str, int]:
    """Radios go by name; checkboxes, whose names may differ, by the list or fieldset around them."""
    name = node.attrs.get("name") or ""
    if (node.attrs.get("type") or "").lower() == "radio" and name:
        return name, 0
    around = node.parent
    for _ in range(3):
        if around and around.tag not in ("ul", "ol", "fieldset", "table", "form") and around.parent:
            around = around.parent
    return name.rstrip("[]0123456789_-"), around.index if around else 0


def group_blank(page: Page, members: list[Node], labels: dict[str, Node]) -> Blank | None:
    tree = page.tree
    if not 2 <= len(members) <= MOST_CHOICES:
        return None
    boxes = [box_of(node, labels) for node in members]
    boxes = [box if box and text_of(tree, box) else None for box in boxes]  # an empty label is a mere ornament
    texts = [text_of(tree, box) if box else after(page, node) for box, node in zip(boxes, members, strict=True)]
    if not all(texts) or all(lead_in(text, True) for text in texts):
        return None  # tabs, "Problem" and "Solution"
    right = [
        text
        for text, box, node in zip(texts, boxes, members, strict=True)
        if is_marked(node)
        or (box and is_marked(box))
        or any(is_marked(around) or is_marked_within(around) for around in own_boxes(node, members))
    ]
    if not right and all("disabled" in node.attrs for node in members):
        right = [text for text, node in zip(texts, members, strict=True) if "checked" in node.attrs]  # a task list that is a key
    start = min(min(node.index, box.index if box else node.index) for node, box in zip(members, boxes, strict=True))
    stop = max(max(node.end, box.end if box else after_stop(page, node)) for node, box in zip(members, boxes, strict=True))
    if not right:
        right = told_around(members[0], texts)
    return Blank(start, stop, texts, right if len(right) < len(texts) else [], is_inline=False)


def own_boxes(node: Node, members: list[Node]) -> Iterator[Node]:
    """The elements around a control that hold none of the others."""
    around = node.parent
    for _ in range(3):
        if around is None or any(other is not node and around.index < other.index < around.end for other in members):
            return
        yield around
        around = around.parent


def is_marked_within(around: Node) -> bool:
    """A cell beside the control's says that it is right."""
    return around.tag == "tr" and any(is_marked(cell) for cell in around.children if cell.attrs)


def box_of(node: Node, labels: dict[str, Node]) -> Node | None:
    around = node.parent
    while around and around.tag not in BLOCKS:
        if around.tag == "label":
            return around
        around = around.parent
    return labels.get(node.attrs.get("id") or "-")


def after(page: Page, node: Node) -> str:
    """The text that follows a control up to the next one or the end of its line."""
    i = page.first(node.index)
    return page.lines[i].text if i < len(page.lines) else ""


def after_stop(page: Page, node: Node) -> int:
    i = page.first(node.index)
    return page.lines[i].stop if i < len(page.lines) else node.end


def is_marked(node: Node) -> bool:
    """Does the page itself say that this is the right one?"""
    attrs = node.attrs
    if (attrs.get("value") or "").lower() in ("answer", "correct", "right"):
        return True
    if any(name in attrs and (attrs[name] or ("" if name == "data-answer" else "true")).lower() in _YES for name in _RIGHT_FLAGS):
        return True
    tokens = (attrs.get("class") or "").split()
    return any(token.lower() in _RIGHT_CLASSES or _RIGHT_ENDING.search(token) for token in tokens)


def answers_told(node: Node) -> list[str]:
    """An answer written into a control, plain or as a JSON list."""
    for name in _TOLD:
        value = (node.attrs.get(name) or "").strip()
        if value.startswith("["):
            try:
                listed = json.loads(value)
            except (ValueError, RecursionError):
                continue
            return [str(item) for item in listed if isinstance(item, (str, int, float))] if isinstance(listed, list) else []
        if value:
            return [value]
    return []


def told_aside(tree: Tree) -> list[str]:
    """All answers that the page's attributes tell."""
    return [told for node in tree.nodes if node.attrs and not _TELLING.isdisjoint(node.attrs) for told in answers_told(node)]


def told_around(node: Node, texts: list[str]) -> list[str]:
    """The right choice named by an element around the group: its letter, its number from 0 or its text."""
    around = node.parent
    for _ in range(5):
        if around is None:
            return []
        for value in answers_told(around):
            if value in texts:
                return [value]
            if _LETTER.match(value) and ord(value.strip("().:").lower()) - 97 < len(texts):
                return [texts[ord(value.strip("().:").lower()) - 97]]
            if value.isdigit() and int(value) < len(texts):
                return [texts[int(value)]]
        around = around.parent
    return []


def text_of(tree: Tree, node: Node) -> str:
    return settle(spell(tree, node.index, node.end)).removeprefix("- ")


def listed_choices(page: Page, start: int, stop: int) -> Blank | None:
    """The last list of choices within a span: lettered, called answers, or with one marked right."""
    for node in reversed(page.tree.nodes[start:stop]):
        if node.end > stop or len(node.children) < 2:
            continue
        items = offered(page.tree, node) or (
            [c for c in node.children if c.tag == "li" and not is_feedback(c)] if node.tag in ("ul", "ol") else []
        )
        if not 2 <= len(items) <= MOST_CHOICES:
            continue
        texts = [choice_text(page.tree, item, letter) for item, letter in zip(items, ascii_uppercase, strict=False)]
        lettered = [match for text in texts if (match := LETTERED.match(text))]
        ticks = ticked(page.tree, node)
        right = [strip_letter(text) for text, item in zip(texts, items, strict=True) if is_marked(item) or item in ticks]
        marked = len(right) == 1
        if not right and len(lettered) == len(items):
            right = [strip_letter(text) for text, item in zip(texts, items, strict=True) if is_bold(item)]
        upper = (
            (node.attrs.get("type") or "") == "A"
            or "upper-alpha"
            in f"{node.attrs.get('style')} {node.attrs.get('class')} {node.parent.attrs.get('class') if node.parent else None}"
        )
        if len(lettered) == len(items) or upper or len(right) == 1 or offered(page.tree, node):
            stop = max([items[-1].end, *(child.end for child in node.children if child.tag != "#text" and is_feedback(child))])
            choices = [strip_letter(text) for text in texts]
            return Blank(items[0].index, stop, choices, right if len(right) < len(items) else [], is_marked=marked)
    return None


def choice_text(tree: Tree, item: Node, letter: str) -> str:
    """A choice's text without the letter that stands before it in an element of its own."""
    first = next((n for n in tree.nodes[item.index : item.end] if n.text.strip()), item)
    start = first.index + 1 if first.parent is not item and first.text.strip() == letter else item.index
    return settle(spell(tree, start, item.end)).removeprefix("- ").rstrip(TICKS + " ")


def is_bold(item: Node) -> bool:
    """Set in bold as a whole, as keys that are printed with the questions are."""
    inner = [child for child in item.children if child.text.strip() or child.tag != "#text"]
    return len(inner) == 1 and inner[0].tag in ("b", "strong", "mark", "u")


def strip_letter(text: str) -> str:
    match = LETTERED.match(text)
    return match[2] if match else text
