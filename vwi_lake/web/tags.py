"""What a start tag says by itself. Pages repeat their tags, so each spelling is read once a page."""

import re
from functools import lru_cache

from vwi_lake.web import folding, formulas
from vwi_lake.web.boilerplate import CONTROLS, MARKED, kinds
from vwi_lake.web.flat import (
    BLOCK,
    BLOCKS,
    BREAK,
    CELL_,
    CELLS,
    CONTROL,
    FOLDED,
    INLINE,
    LINKED,
    OPENED,
    PRE,
    RAISED,
    TITLE,
    Attrs,
    Start,
    attributes,
)  # fmt: skip
from vwi_lake.web.labels import LABELABLE, NAMING
from vwi_lake.web.names import FROM_CONTENT
from vwi_lake.web.roles import TAG_ROLES, role_of
from vwi_lake.web.wordlists import among

# values that nothing here depends on
_UNREAD = re.compile(
    r''' (?:data-[^\s=]*|src|srcset|sizes|title|alt|name|value|width|height|target|rel|content|onclick|action|for|viewBox|d)="(?:[^" ][^"]*)?"'''
)  # no space first: that quote may be the end of another value
_HREF = re.compile(r' href="(?:[^" ][^"]*)?"')
LONG = 500  # characters; so long a start tag is not kept
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
PLAIN, PASSED, HIDDEN, FORMULA, SVG, VERBATIM = range(6)  # how the walk is to take an element


@lru_cache(1024)
def bare(tag: str) -> Start:
    """A tag without attributes."""
    role, level = TAG_ROLES.get(tag, "generic"), LEVELS.get(tag, 0)
    way = PASSED if tag in SKIPPED else FORMULA if tag in _FORMULAS else SVG if tag == "svg" else VERBATIM if tag in RAW else PLAIN
    flags = PRE * (tag in PREFORMATTED) | FOLDED * (tag == "details") | CONTROL * (tag in CONTROLS) | TITLE * (level == 1)
    suspect = role in MARKED or tag in ("noscript", "form")
    return start_of(tag, role, level, way, flags, suspect, False, False, 0, False)


def start_of(  # noqa: PLR0913  # what tag and attributes came to
    tag: str, role: str, level: int, way: int, flags: int, suspect: bool, named: bool, labelled: bool, kind: int, captions: bool
) -> Start:
    named = (
        named or role in FROM_CONTENT or tag in LABELABLE or tag in NAMING or tag in ("summary", "img") or labelled or flags & LINKED > 0
    )
    seen = suspect or level > 0 or tag in _NOTED or role == "img"
    plain = not labelled and role in FROM_CONTENT and tag not in LABELABLE and tag not in NAMING and tag not in ("img", "area")
    spelt = (
        CELL_ if tag in CELLS else (OPENED if level or tag == "li" else BLOCK) if tag in BLOCKS
        else BREAK if tag == "br" else RAISED if tag == "sup" else INLINE
    )  # fmt: skip
    return Start(
        tag, role, level, way, flags, tag in VOID, suspect, named, 2 if seen else int(named), kind,
        captions or tag == "figcaption", plain, tag in BLOCKS, spelt,
    )  # fmt: skip


def read(head: str, source: str) -> Start:
    """From 'a class="x" href="y"' as a serialiser writes it."""
    tag, _, rest = head.partition(" ")
    if not rest:
        return bare(tag)
    shape = shape_of(tag, head)
    if len(shape) > LONG:
        return from_attributes(tag, attributes(head), source)
    return from_shape(shape) or from_attributes(tag, attributes(head), source)


def shape_of(tag: str, head: str) -> str:
    """The tag less what is its own alone: links differ in where they lead, little in what they are."""
    if " href=" in head:
        head = _HREF.sub("", head) + (' href=""' if tag == "a" else "")
    return _UNREAD.sub("", head)


@lru_cache(16384)
def from_shape(shape: str) -> Start | None:
    """None where the page around it has a say."""
    tag = shape.partition(" ")[0]
    attrs = attributes(shape)
    return None if bare(tag).way != PASSED and folding.is_hidden(attrs) else from_attributes(tag, attrs, "")


def from_attributes(tag: str, attrs: Attrs, source: str) -> Start:
    start = bare(tag)
    role, level, flags = own(start, attrs)
    suspect, folded, is_formula, captions = spoken(attrs["class"] or "") if "class" in attrs else (False, False, False, False)
    kind = kinds(attrs.get("class") or "") | kinds(attrs.get("id") or "")
    suspect = suspect or start.suspect or role in MARKED or kind > 0
    way = FORMULA if is_formula and start.way == PLAIN else start.way
    if way == PASSED:
        way = FORMULA if tag == "script" and (attrs.get("type") or "").startswith("math/tex") else PASSED
    elif folding.is_hidden(attrs):
        folded = folding.is_fold(attrs, source)
        way = way if folded else HIDDEN
    labelled = "aria-label" in attrs or "aria-labelledby" in attrs
    return start_of(tag, role, level, way, flags | FOLDED * folded, suspect, start.named, labelled, kind, captions)


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
def spoken(names: str) -> tuple[bool, bool, bool, bool]:
    """Whether class names speak of boilerplate, of folding, of a formula, of a caption."""
    tokens = names.split()
    return (
        kinds(names) > 0,
        any(token.lower() in folding.FOLDED_TOKENS for token in tokens),
        not formulas.RENDERED.isdisjoint(tokens),
        "caption" in folding.words_of(names),
    )


def level_of(tag: str, attrs: Attrs) -> int:
    level = attrs.get("aria-level") or ""
    return LEVELS.get(tag) or (int(level) if level in DIGITS else 2)
