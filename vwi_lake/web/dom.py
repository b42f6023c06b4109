"""A page's elements with parents and visibility, for what must see hidden elements too: roles in context, names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web.wordlists import among

Attrs = dict[str, str | None]
_DISPLAY_NONE = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.I)
_VISIBILITY = re.compile(r"(?:^|;)\s*visibility\s*:\s*(\w+)", re.I)
_UNRENDERED = among(
    """
    script style template head title meta link base noscript noembed datalist param source track
    """
)


@dataclass(slots=True, eq=False)
class Element:
    tag: str
    attrs: Attrs
    parent: "Element | None"
    removed: bool = False  # display: none and its like, of itself or an ancestor
    invisible: bool = False  # visibility: hidden, which a descendant may undo
    aria_hidden: bool = False
    children: "list[Element | str]" = field(default_factory=list)
    depth: int = 0
    role: str = ""  # once computed

    @property
    def hidden(self) -> bool:
        return self.removed or self.invisible or self.aria_hidden

    def get(self, name: str) -> str:
        return self.attrs.get(name) or ""

    def ancestors(self) -> "Iterator[Element]":
        node = self.parent
        while node:
            yield node
            node = node.parent

    def descendants(self) -> "Iterator[Element]":
        stack = [child for child in reversed(self.children) if isinstance(child, Element)]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(child for child in reversed(node.children) if isinstance(child, Element))


@dataclass(slots=True)
class Dom:
    elements: dict[int, Element]  # by the parser's mem_id, in document order
    ids: dict[str, Element]
    labels: dict[str, list[Element]]  # label[for]
    owners: dict[str, Element]  # id -> the element whose aria-owns holds it


def read(parser: LexborHTMLParser) -> Dom:
    """All elements in document order, iteratively: pages nest deeper than Python's stack."""
    dom = Dom({}, {}, {}, {})
    stack: list[tuple[LexborNode, Element | None]] = [(parser.root, None)] if parser.root else []
    while stack:
        lex, parent = stack.pop()
        if parent is not None and (following := lex.next) is not None:
            stack.append((following, parent))
        if lex.is_text_node:
            if parent is not None:
                parent.children.append(lex.text_content or "")
        elif lex.is_element_node:
            element = of(lex, parent)
            register(dom, lex.mem_id, element)
            if (child := lex.first_child) is not None:
                stack.append((child, element))
    return dom


def of(lex: LexborNode, parent: Element | None) -> Element:
    element = Element((lex.tag or "").lower(), lex.attributes, parent)
    style = element.get("style")
    seen = _VISIBILITY.search(style)
    collapsed_details = parent is not None and parent.tag == "details" and "open" not in parent.attrs and element.tag != "summary"
    element.removed = (
        (parent is not None and parent.removed)
        or element.tag in _UNRENDERED
        or "hidden" in element.attrs
        or collapsed_details
        or bool(_DISPLAY_NONE.search(style))
        or (element.tag == "input" and element.get("type").lower() == "hidden")
    )
    element.invisible = seen[1].lower() != "visible" if seen else (parent is not None and parent.invisible)
    element.aria_hidden = element.get("aria-hidden").lower() == "true" or (parent is not None and parent.aria_hidden)
    if parent is not None:
        parent.children.append(element)
        element.depth = parent.depth + 1
    return element


def register(dom: Dom, mem_id: int, element: Element) -> None:
    dom.elements[mem_id] = element
    if name := element.get("id"):
        dom.ids.setdefault(name, element)
    if element.tag == "label" and (target := element.get("for")):
        dom.labels.setdefault(target, []).append(element)
    for owned in element.get("aria-owns").split():
        dom.owners.setdefault(owned, element)
