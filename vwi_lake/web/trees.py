"""The accessibility tree of a page: text and images in reading order, folded content kept, boilerplate marked."""

import gc
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web import boilerplate, formulas, pictures
from vwi_lake.web.charset import decode
from vwi_lake.web.document import BLOCKS, Image, Node, Tree
from vwi_lake.web.dom import read as dom_of
from vwi_lake.web.names import name_of
from vwi_lake.web.nesting import flatten
from vwi_lake.web.roles import computed_role, role_of

__all__ = ["Described", "Image", "Node", "Tree", "TreeTooComplex", "build_tree", "describe"]


class TreeTooComplex(ValueError):
    """The page is too large to be read."""


MAX_CHARS = 30_000_000
SKIPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "head",
        "link",
        "meta",
        "base",
        "col",
        "colgroup",
        "param",
        "source",
        "track",
        "wbr",
        "area",
        "dialog-x",
        "noframes",
    ]
)
EMPTY: dict[str, str | None] = {}
_FOLDED = re.compile(r"answer|solution|spoiler|accordion|collaps|tab|modal|toggle|hint|expand|reveal|explanation|fold")
_NONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def build_tree(html: bytes | str, url: str, charset: str | None = None) -> Tree:
    """Read a page; the cyclic collector rests meanwhile, since a tree is all cycles and no garbage."""
    if isinstance(html, bytes):
        html = decode(html, f"text/html; charset={charset}" if charset else None)
    if len(html) > MAX_CHARS:
        raise TreeTooComplex(f"{len(html)} characters of HTML; at most {MAX_CHARS} are read")
    was_on = gc.isenabled()
    gc.disable()
    try:
        return walk(LexborHTMLParser(flatten(html.replace("\0", ""))), url)
    finally:
        if was_on:
            gc.enable()


def walk(parser: LexborHTMLParser, url: str) -> Tree:
    base_node = parser.css_first("base[href]")
    base = (base_node and pictures.absolute(url, base_node.attributes["href"] or "")) or url
    title = parser.css_first("title")
    html = parser.root
    lang = (html.attributes.get("lang") or html.attributes.get("xml:lang") or "") if html else ""
    root = Node("html", "document", dict(html.attributes) if html else {}, None, [], "", 0, False, False, 0, 1)
    nodes = [root]
    layout: set[int] = set()
    pending: list[tuple[LexborNode, Node, bool, bool, Node | None]] = []
    start = parser.body or html
    if start is not None:
        pending.append((start, root, False, False, None))
    while pending:
        lex, parent, pre, collapsed, table = pending.pop()
        if (following := lex.next) is not None and lex is not start:
            pending.append((following, parent, pre, collapsed, table))
        if lex.is_text_node:
            add_text(lex.text_content or "", parent, pre, collapsed, nodes)
            continue
        if not lex.is_element_node:
            continue
        tag = (lex.tag or "").lower()
        attrs = lex.attributes
        if tag in SKIPPED:
            if tag == "script" and (attrs.get("type") or "").startswith("math/tex"):
                add(nodes, "math", "math", attrs, parent, collapsed, formulas.clean(lex.text()))
            continue
        if attrs:
            if "hidden" in attrs or attrs.get("aria-hidden") == "true" or ("style" in attrs and _NONE.search(attrs["style"] or "")):
                if _FOLDED.search(f"{attrs.get('class')} {attrs.get('id')} {attrs.get('role')}".lower()):
                    collapsed = True
                elif not lex.css_first("math"):
                    continue
        else:
            attrs = EMPTY
        if tag == "math":
            add(nodes, "math", "math", attrs, parent, collapsed, formulas.of_math(lex))
            continue
        node = add(nodes, tag, role_of(tag, attrs), attrs, parent, collapsed, "")
        if tag == "img" or tag == "svg" or tag == "object" or tag == "embed":
            add_image(node, lex, base)
            if tag != "object":
                continue
        elif tag == "pre" or tag == "textarea":
            pre = True
        elif tag == "details":
            node.collapsed = collapsed = True
        elif tag == "table":
            if table:
                layout.add(table.index)
            table = node
        elif tag[0] == "h" and len(tag) == 2 and tag[1].isdigit():
            node.level = int(tag[1])
        if (child := lex.first_child) is not None:
            pending.append((child, node, pre, collapsed, table))
    for node in reversed(nodes):
        node.end = node.children[-1].end if node.children else node.index + 1
    boilerplate.mark(nodes)
    merged: dict[str, Image] = {}
    for node in nodes:
        if node.image:
            merged.setdefault(node.image.url, node.image)
    images = list(merged.values())
    numbers = {image.url: i for i, image in enumerate(images, 1)}
    return Tree(url, " ".join(title.text().split()) if title else "", lang, root, nodes, images, frozenset(layout), numbers)


def add(nodes: list[Node], tag: str, role: str, attrs: dict[str, str | None], parent: Node, collapsed: bool, text: str) -> Node:
    node = Node(tag, role, attrs, parent, [], text, 0, collapsed, False, len(nodes), 0)
    parent.children.append(node)
    nodes.append(node)
    return node


def add_text(raw: str, parent: Node, pre: bool, collapsed: bool, nodes: list[Node]) -> None:
    if pre:
        text = raw.replace("\r", "")
    else:
        text = " ".join(raw.split())
        if not text:
            last = parent.children[-1] if parent.children else None
            if last is None or last.tag in BLOCKS or last.text.endswith(" "):
                return
            text = " "
        else:
            text = (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
    add(nodes, "#text", "text", EMPTY, parent, collapsed, text)


def add_image(node: Node, lex: LexborNode, base: str) -> None:
    attrs = node.attrs
    if node.tag == "svg":
        url, alt = pictures.inline_svg(lex.html or ""), " ".join(lex.text(separator=" ").split())
    elif node.tag == "img":
        sets = ""
        if node.parent and node.parent.tag == "picture" and lex.parent is not None:
            sets = ", ".join(s.attributes.get("srcset") or s.attributes.get("data-srcset") or "" for s in lex.parent.css("source"))
        url, alt = pictures.source(attrs, base, sets), attrs.get("alt") or ""
    else:
        value = attrs.get("data" if node.tag == "object" else "src") or ""
        kind = attrs.get("type") or ""
        is_picture = kind.startswith("image/") or value.partition("?")[0].lower().endswith(
            (".svg", ".png", ".gif", ".jpg", ".jpeg", ".webp")
        )
        url, alt = pictures.absolute(base, value) if is_picture else "", attrs.get("alt") or ""
    if url:
        width, height = pictures.pixels(attrs.get("width")), pictures.pixels(attrs.get("height"))
        node.image = Image(url, alt, attrs.get("title") or "", "", width, height, node.index)


@dataclass(slots=True, frozen=True)
class Described:
    role: str
    name: str


def describe(html: str, selector: str) -> list[Described]:
    """Role and accessible name of what a CSS selector matches."""
    parser = LexborHTMLParser(flatten(html))
    dom = dom_of(parser)
    matched = [dom.elements[lex.mem_id] for lex in parser.css(selector) if lex.mem_id in dom.elements]
    return [Described(computed_role(element), name_of(dom, element)) for element in matched]
