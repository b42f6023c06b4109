"""The accessibility tree of a page: text and images in reading order, folded content kept, boilerplate marked."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from vwi_lake.web import boilerplate
from vwi_lake.web.charset import decode
from vwi_lake.web.document import Image, Node, Tree
from vwi_lake.web.dom import Element
from vwi_lake.web.dom import read as dom_of
from vwi_lake.web.flat import resting
from vwi_lake.web.names import name_of
from vwi_lake.web.nesting import flatten
from vwi_lake.web.roles import computed_role
from vwi_lake.web.unscripted import without_scripts
from vwi_lake.web.walk import walk

__all__ = ["Described", "Image", "Node", "Tree", "TreeTooComplex", "build_tree", "describe", "exposed"]


class TreeTooComplex(ValueError):  # noqa: N818  # the name is called from outside
    """The page is too large to be read."""


MAX_CHARS = 30_000_000


def build_tree(html: bytes | str, url: str, charset: str | None = None) -> Tree:
    """Read a page; the cyclic collector rests meanwhile, since a tree is no garbage."""
    if isinstance(html, bytes):
        html = decode(html, f"text/html; charset={charset}" if charset else None)
    if len(html) > MAX_CHARS:
        raise TreeTooComplex(f"{len(html)} characters of HTML; at most {MAX_CHARS} are read")
    html = html.replace("\0", "") if "\0" in html else html
    with resting():
        tree = walk(LexborHTMLParser(flatten(without_scripts(html))), html, url)
        boilerplate.mark(tree.flat, tree.title)
        return tree


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


def exposed(html: str) -> list[Described]:
    """Role and name of every element that assistive technology is shown, in document order."""
    dom = dom_of(LexborHTMLParser(flatten(html)))
    shown = [element for element in dom.elements.values() if not element.hidden and (element.tag != "p" or has_content(element))]
    return [Described(computed_role(element), name_of(dom, element)) for element in shown]


def has_content(element: Element) -> bool:
    return any(not isinstance(child, str) or child.strip() for child in element.children)
