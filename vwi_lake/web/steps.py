"""One document from the steps that a page went through: what stays is there once, what changes once a step."""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

_STATUS = re.compile(r"(?:[^\W\d]+[\s:#.]*){0,2}[-+−]?\d+(?:[.,]\d+)?(?:\s*(?:/|[^\W\d]{1,4})\s*\d+)?\s*%?", re.UNICODE)
_TEXT = re.compile(r"(?<=>)[^<>]{1,60}(?=<)")
_PASSING = re.compile(r"""\s(?:style|data-vwi-took)="[^"]*\"""")
_MARKS = re.compile(r' data-vwi-(?:target|took)="\d*"')
SHORT = 5  # characters
_HERE = "\ue000vwi-steps\ue000"


@dataclass(frozen=True)
class Step:
    """What a page showed before it moved on."""

    html: str  # targets carry data-vwi-target with the number of their kind, the one that was taken data-vwi-took
    moved_on: bool = False
    was_last: bool = False  # it moved on to another page
    took: str = ""  # what the target that moved it on says
    is_choice: bool = False  # it was moved on by one of several targets of a kind
    refused: int = 0  # how many of these had left it as it was


def is_status(text: str) -> bool:
    """A counter, a score, a share: "Question 3/20", "45 %"."""
    return _STATUS.fullmatch(text.strip()) is not None


def join_steps(steps: list[Step]) -> str:
    """The first step's page; in the place of what changes, all steps in turn."""
    if len(steps) == 1:
        return _MARKS.sub("", steps[0].html)
    is_quiz, is_right = are_choices(steps), tells_right(steps)
    pages = [_with_choices(step.html, n, is_right) if is_quiz and step.moved_on else step.html for n, step in enumerate(steps, 1)]
    parsers = [LexborHTMLParser(page) for page in pages]
    nodes = _region([parser.body for parser in parsers if parser.body is not None])
    varying = _varying(nodes)
    if not any(varying):
        return _MARKS.sub("", pages[0])
    places = varying[0] or list(nodes[0].iter(include_text=True))[-1:]
    lead = _lead(places[0]) if not any(_says_more(children) for children in varying) else None
    shown = [[*([lead] if lead else []), *children] for children in varying]
    sections = "".join(f"<section>{''.join(child.html or '' for child in children)}</section>" for children in shown)
    places[0].insert_before(_HERE)
    for child in shown[0]:
        child.decompose()
    return _MARKS.sub("", (parsers[0].html or "").replace(_HERE, sections, 1))


def are_choices(steps: list[Step]) -> bool:
    """Is each step moved on by one of several alike, and not by the same button again and again?"""
    took = Counter(step.took for step in steps if step.moved_on)
    return took.total() >= 3 and all(s.is_choice for s in steps if s.moved_on) and max(took.values()) <= 0.7 * took.total()


def tells_right(steps: list[Step]) -> bool:
    """Does the page go on only from the right choice? It does where, time and again, others were refused before."""
    ended = [step for step in steps if step.moved_on]
    return are_choices(steps) and sum(1 for step in ended if step.refused) * 4 >= len(ended)


def _with_choices(html: str, number: int, is_right: bool) -> str:
    """Choices made of any elements, as the radio buttons that they act as; the one that was taken marked where it is right."""
    parser = LexborHTMLParser(html)
    took = parser.css_first("[data-vwi-took]")
    if took is None or parser.css_first("[data-vwi-target] input, input[data-vwi-target]"):
        return html
    kind = f'[data-vwi-target="{took.attributes.get("data-vwi-target")}"]'
    made = []
    for target, item in [(target, _item(target, kind)) for target in parser.css(kind)]:
        right = ' data-correct="true"' if is_right and "data-vwi-took" in target.attributes else ""
        classes = escape(f"{item.attributes.get('class') or ''} {target.attributes.get('class') or ''}".strip())
        text = target if _length(item) - _length(target) < SHORT else item  # "A)" before a choice is none of it
        control = f'<input type="radio" name="step-{number}" data-vwi-target="">'
        made.append(f'<div><label class="{classes}"{right}>{control}{text.inner_html}</label></div>')
        item.insert_before(_HERE)
        item.decompose()
    parts = (parser.html or "").split(_HERE)
    return "".join(part + choice for part, choice in zip(parts, [*made, ""], strict=False))


def _length(node: LexborNode) -> int:
    return sum(map(len, node.text().split()))


def _item(target: LexborNode, kind: str) -> LexborNode:
    """The outermost element that holds this target and no other of its kind: the choice with its letter."""
    item = target
    while (around := item.parent) is not None and around.tag != "body" and len(around.css(kind)) == 1:
        item = around
    return item


def _region(nodes: list[LexborNode]) -> list[LexborNode]:
    """The deepest element that holds all that changes."""
    while True:
        varying = _varying(nodes)
        deeper = [children[0] for children in varying if len(children) == 1 and children[0].is_element_node]
        if len(deeper) < len(nodes) or len({node.tag for node in deeper}) > 1 or _holds_text(deeper):
            return nodes
        nodes = deeper


def _says_more(children: list[LexborNode]) -> bool:
    """Than what can be chosen?"""
    parser = LexborHTMLParser("".join(child.html or "" for child in children))
    for target in parser.css("label:has([data-vwi-target]), [data-vwi-target], script, style"):
        target.decompose()
    return parser.body is not None and any(not is_status(line) for line in parser.body.text(separator="\n").split("\n") if line.strip())


def _lead(place: LexborNode) -> LexborNode | None:
    """What stands last before: a question asked again and again of other pictures or choices."""
    around: LexborNode | None = place
    while around is not None and around.tag != "body":
        before = around.prev
        while before is not None:
            if (
                before.is_element_node
                and before.text(strip=True)
                and before.tag not in ("script", "style")
                and not is_status(before.text())
            ):
                return before
            before = before.prev
        around = around.parent
    return None


def _holds_text(nodes: list[LexborNode]) -> bool:
    return any(child.is_text_node and (child.text_content or "").strip() for children in _varying(nodes) for child in children)


def _varying(nodes: list[LexborNode]) -> list[list[LexborNode]]:
    """Of each node, the children that are not in all the others."""
    children = [list(node.iter(include_text=True)) for node in nodes]
    spelled = [[_lasting(child.html or "") for child in each] for each in children]
    common = set(spelled[0]).intersection(*spelled[1:])
    return [[c for c, text in zip(each, texts, strict=True) if text not in common] for each, texts in zip(children, spelled, strict=True)]


def _lasting(html: str) -> str:
    """Without what passes: styles, marks, and counters that nobody presses."""
    html = _PASSING.sub("", html)
    return html if "data-vwi-target" in html else _TEXT.sub(lambda match: "#" if is_status(match[0]) else match[0], html)
