"""What a start tag says by itself. Pages repeat their tags, so each spelling is read once a page."""

import re
from dataclasses import dataclass
from functools import lru_cache

from vwi_lake.web import folding, formulas
from vwi_lake.web.boilerplate import CONTROLS, MARKED, kinds
from vwi_lake.web.document import CELLS
from vwi_lake.web.dom import Attrs
from vwi_lake.web.labels import LABELABLE, NAMING
from vwi_lake.web.names import FROM_CONTENT
from vwi_lake.web.roles import TAG_ROLES, role_of
from vwi_lake.web.wordlists import among

EMPTY: Attrs = {}
_ATTRIBUTE = re.compile(r'\s([^\s=]+)="([^"]*)"')
_ENTITIES = (("&nbsp;", "\xa0"), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # all that a serialiser writes
# not read at all
SKIPPED = among(
    """
    style template head title colgroup datalist noframes script rp noembed link meta base col param source track wbr
    """
)
RAW = among("script style xmp iframe noembed noframes plaintext")  # their content is text whatever it looks like
RAW_STARTS = tuple(sorted(RAW))
VOID = among(
    """
    area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr
    """
)
PICTURES = frozenset(("img", "svg", "object", "embed", "image"))
LEVELS = {f"h{level}": level for level in range(1, 7)}
DIGITS = frozenset("123456789")
PREFORMATTED = frozenset(("pre", "textarea", "xmp"))
PLACING = frozenset((*LEVELS, "pre", "ul", "ol", "dl", "form", "article", "section"))  # a table that holds these only places them
_NOTED = PICTURES | PLACING | CELLS | {"table", "tr"}
_FORMULAS = frozenset(("math", "img", "noscript"))  # that may be a formula, or nothing
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
    suspect: bool  # may be boilerplate by role or name
    named: bool  # has an accessible name
    noted: bool  # any of these, a link, or what its table or the list of images is to know of


def unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


@lru_cache(1024)
def bare(tag: str) -> Start:
    """A tag without attributes."""
    role, level = TAG_ROLES.get(tag, "generic"), LEVELS.get(tag, 0)
    way = PASSED if tag in SKIPPED else FORMULA if tag in _FORMULAS else SVG if tag == "svg" else VERBATIM if tag in RAW else PLAIN
    flags = PRE * (tag in PREFORMATTED) | FOLDED * (tag == "details") | CONTROL * (tag in CONTROLS) | TITLE * (level == 1)
    suspect = role in MARKED or tag in ("noscript", "form")
    named = role in FROM_CONTENT or tag in LABELABLE or tag in NAMING or tag in ("summary", "img")
    return Start(tag, EMPTY, role, level, way, flags, tag in VOID, suspect, named, suspect or named or tag in _NOTED)


def read(head: str, source: str) -> Start:
    """From 'a class="x" href="y"' as a serialiser writes it."""
    tag, _, rest = head.partition(" ")
    start = bare(tag)
    if not rest:
        return start
    attrs: Attrs = dict(_ATTRIBUTE.findall(head))
    if "&" in rest:
        attrs = {name: unescape(value or "") for name, value in attrs.items()}
    role, level, flags = own(start, attrs)
    suspect, folded, is_formula = spoken(attrs["class"] or "") if "class" in attrs else (False, False, False)
    suspect = suspect or start.suspect or role in MARKED or ("id" in attrs and kinds(attrs["id"] or "") > 0)
    way = FORMULA if is_formula and start.way == PLAIN else start.way
    if way == PASSED:
        way = FORMULA if tag == "script" and (attrs.get("type") or "").startswith("math/tex") else PASSED
    elif ("style" in attrs or "hidden" in attrs or "aria-hidden" in attrs) and folding.is_hidden(attrs):
        folded = folding.is_fold(attrs, source)
        way = way if folded else HIDDEN
    named = start.named or flags & LINKED > 0 or "aria-label" in attrs or "aria-labelledby" in attrs or role in FROM_CONTENT
    noted = start.noted or suspect or named or role == "img"
    return Start(tag, attrs, role, level, way, flags | FOLDED * folded, start.void, suspect, named, noted)


def own(start: Start, attrs: Attrs) -> tuple[str, int, int]:
    """Role, level and flags that attributes may change."""
    tag, flags = start.tag, start.flags
    if tag == "a" and "href" in attrs:
        flags |= LINKED
    elif tag != "input" and "role" not in attrs:
        return start.role, start.level, flags
    role = role_of(tag, attrs)
    level = level_of(tag, attrs) if role == "heading" else 0
    return role, level, flags & ~TITLE | TITLE * (level == 1)


@lru_cache(65536)
def spoken(names: str) -> tuple[bool, bool, bool]:
    """Whether class names speak of boilerplate, of folding, of a formula."""
    tokens = names.split()
    return (
        kinds(names) > 0,
        any(token.lower() in folding.FOLDED_TOKENS for token in tokens),
        not formulas.RENDERED.isdisjoint(tokens),
    )


def level_of(tag: str, attrs: Attrs) -> int:
    level = attrs.get("aria-level") or ""
    return LEVELS.get(tag) or (int(level) if level in DIGITS else 2)
