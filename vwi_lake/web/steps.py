"""One document from the steps that a page went through: what stays is there once, what changes once a step."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_STATUS = re.compile(r"(?:[^\W\d]+[\s:#.]*){0,2}[-+−]?\d+(?:[.,]\d+)?(?:\s*(?:/|[^\W\d]{1,4})\s*\d+)?\s*%?", re.UNICODE)
_TEXT = re.compile(r"(?<=>)[^<>]{1,60}(?=<)")
_PASSING = re.compile(r"""\s(?:style|data-vwi-took)="[^"]*\"""")
_MARKS = re.compile(r' data-vwi-(?:target|took)=""')
_HERE = "\ue000vwi-steps\ue000"


@dataclass(frozen=True)
class Step:
    """What a page showed before it moved on. The target that moved it carries data-vwi-took, all that could be pressed data-vwi-target."""

    html: str
    moved_on: bool = False
    was_last: bool = False  # it moved on to another page
    is_choice: bool = False  # it was moved on by one of several targets of a kind
    refused: int = 0  # how many of these had left it as it was


def is_status(text: str) -> bool:
    """A counter, a score, a share: "Question 3/20", "45 %"."""
    return _STATUS.fullmatch(text.strip()) is not None


def join_steps(steps: list[Step]) -> str:
    """The first step's page; in the place of what changes, all steps in turn."""
    pages = [_marked(step, tells_right(steps)) for step in steps]
    if len(pages) == 1:
        return _MARKS.sub("", pages[0])
    parsers = [LexborHTMLParser(page) for page in pages]
    nodes = _region([parser.body for parser in parsers if parser.body is not None])
    varying = _varying(nodes)
    sections = "".join(f"<section>{''.join(child.html or '' for child in children)}</section>" for children in varying)
    places = varying[0] or list(nodes[0].iter(include_text=True))[-1:]
    places[0].insert_before(_HERE)
    for child in varying[0]:
        child.decompose()
    return _MARKS.sub("", (parsers[0].html or "").replace(_HERE, sections, 1))


def tells_right(steps: list[Step]) -> bool:
    """Does the page go on only from the right choice? It does where, time and again, others were refused before."""
    ended = [step for step in steps if step.moved_on]
    refusing = [step for step in ended if step.refused]
    return len(ended) >= 3 and all(step.is_choice for step in ended) and len(refusing) * 4 >= len(ended)


def _marked(step: Step, is_right: bool) -> str:
    return step.html.replace(' data-vwi-took=""', ' data-correct="true"') if is_right and step.moved_on else step.html


def _region(nodes: list[LexborNode]) -> list[LexborNode]:
    """The deepest element that holds all that changes."""
    while True:
        varying = _varying(nodes)
        deeper = [children[0] for children in varying if len(children) == 1 and children[0].is_element_node]
        if len(deeper) < len(nodes) or len({node.tag for node in deeper}) > 1 or _holds_text(deeper):
            return nodes
        nodes = deeper


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
