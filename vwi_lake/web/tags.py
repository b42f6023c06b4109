"""What a start tag says by itself. Pages repeat their tags, so each spelling is read once a page."""

import re
from dataclasses import dataclass

from vwi_lake.web import folding, formulas
from vwi_lake.web.boilerplate import CONTROLS, MARKED, kinds
from vwi_lake.web.dom import Attrs
from vwi_lake.web.document import CELLS
from vwi_lake.web.roles import TAG_ROLES, role_of
from vwi_lake.web.wordlists import among

EMPTY: Attrs = {}
_ATTRIBUTE = re.compile(r'\s([^\s=]+)="([^"]*)"')
_ENTITIES = (("&nbsp;", "\xa0"), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # all that a serialiser writes
# not read at all: (element, its content is text whatever it looks like)
SKIPPED = among("style template head title colgroup datalist noframes script rp noembed")
RAW = among("script style xmp iframe noembed noframes plaintext")
RAW_STARTS = tuple(sorted(RAW))
VOID = among(
    """
    area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr
    """
)
_UNSEEN = VOID & among("link meta base col param source track wbr")
PICTURES = frozenset(("img", "svg", "object", "embed", "image"))
LEVELS = {f"h{level}": level for level in range(1, 7)}
DIGITS = frozenset("123456789")
PREFORMATTED = frozenset(("pre", "textarea", "xmp"))
# what is handed down to the content
PRE, FOLDED, LINKED, CONTROL, TITLE = (1 << bit for bit in range(5))
PLAIN, PASSED, HIDDEN, FORMULA, SVG, VERBATIM = range(6)  # how the walk is to take an element


@dataclass(slots=True)
class Start:
    tag: str
    attrs: Attrs
    role: str
    level: int
    way: int
    flags: int
    void: bool
    noted: bool  # its table, or the list of images, is to know of it
    suspect: bool  # may be boilerplate by role or name
    marked: bool  # a link or a suspect


def unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def read(head: str, source: str) -> Start:
    """From 'a class="x" href="y"' as a serialiser writes it."""
    tag, _, rest = head.partition(" ")
    attrs: Attrs = dict(_ATTRIBUTE.findall(" " + rest)) if rest else EMPTY
    if "&" in rest:
        attrs = {name: unescape(value or "") for name, value in attrs.items()}
    role = role_of(tag, attrs) if attrs else TAG_ROLES.get(tag, "generic")
    level = level_of(tag, attrs) if role == "heading" else 0
    way, folded = way_of(tag, attrs, source)
    flags = (
        PRE * (tag in PREFORMATTED)
        | FOLDED * (folded or tag == "details")
        | LINKED * (tag == "a" and "href" in attrs)
        | CONTROL * (tag in CONTROLS)
        | TITLE * (level == 1)
    )
    noted = tag in _NOTED or role == "img"
    suspect = (
        role in MARKED or tag in ("noscript", "form") or bool(attrs and (kinds(attrs.get("class") or "") | kinds(attrs.get("id") or "")))
    )
    return Start(tag, attrs, role, level, way, flags, tag in VOID, noted, suspect, suspect or bool(flags & LINKED))


PLACING = frozenset((*LEVELS, "pre", "ul", "ol", "dl", "form", "article", "section"))  # a table that holds these only places them
_NOTED = PICTURES | PLACING | CELLS | {"table", "tr"}


def level_of(tag: str, attrs: Attrs) -> int:
    level = attrs.get("aria-level") or ""
    return LEVELS.get(tag) or (int(level) if level in DIGITS else 2)


def way_of(tag: str, attrs: Attrs, source: str) -> tuple[int, bool]:
    """How to take the element, and whether it is folded."""
    if tag == "script" and (attrs.get("type") or "").startswith("math/tex"):
        return FORMULA, False
    if tag in SKIPPED or tag in _UNSEEN:
        return PASSED, False
    folded = "class" in attrs and folding.looks_folded(attrs["class"] or "")
    if ("hidden" in attrs or "aria-hidden" in attrs or "style" in attrs) and folding.is_hidden(attrs):
        if not folding.is_fold(attrs, source):
            return HIDDEN, False
        folded = True
    if tag in _FORMULAS or ("class" in attrs and formulas.rendered_names(attrs["class"] or "")):
        return FORMULA, folded
    return SVG if tag == "svg" else VERBATIM if tag in RAW else PLAIN, folded


_FORMULAS = frozenset(("math", "img", "noscript"))  # that may be a formula, or nothing
