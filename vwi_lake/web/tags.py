"""What a start tag says by itself. Pages repeat their tags: each spelling is read once a page, what it comes to is kept for all."""

from functools import lru_cache

from vwi_lake.web import folding, formulas
from vwi_lake.web.boilerplate import CONTROLS, LISTED, MARKED
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
    unescape,
)  # fmt: skip
from vwi_lake.web.labels import LABELABLE, NAMING
from vwi_lake.web.names import FROM_CONTENT
from vwi_lake.web.roles import TAG_ROLES, role_of
from vwi_lake.web.wordlists import among

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


_CLASS, _ID, _ROLE, _TYPE, _LEVEL, _HREF, _LABEL, _HIDDEN = range(8)
_READ = {  # all that a Start depends on
    name: what
    for spelt, what in {
        "class": _CLASS, "id": _ID, "role": _ROLE, "type": _TYPE, "aria-level": _LEVEL, "href": _HREF, "aria-label": _LABEL,
        "aria-labelledby": _LABEL, "style": _HIDDEN, "hidden": _HIDDEN, "aria-hidden": _HIDDEN,
    }.items()
    for name in (spelt + "=", f" {spelt}=")
}  # fmt: skip
SHOWN, FOLDS, HIDES = range(3)


def read(head: str, source: str) -> Start:
    """From 'a class="x" href="y"' as a serialiser writes it."""
    tag, _, rest = head.partition(" ")
    if not rest:
        return start_of(tag)
    said, role, kind, level, href, labelled, shown = 0, "", "", "", False, False, SHOWN
    parts = rest.split('"')
    for name, value in zip(parts[::2], parts[1::2], strict=False):
        what = _READ.get(name)
        if what is None:
            continue
        if what == _HREF:
            href = tag == "a"
        elif what == _CLASS:
            said |= spoken(unescape(value) if "&" in value else value)
        elif what == _ID:
            said |= spoken(unescape(value) if "&" in value else value) & KINDS
        elif what == _LABEL:
            labelled = True
        elif what == _HIDDEN:
            shown = shown or shown_as(head, source)
        elif what == _ROLE:
            role = unescape(value)
        elif what == _TYPE:
            kind = unescape(value) if tag in ("input", "script") else ""
        else:
            level = value
    return start_of(tag, said, role, kind, level, href, labelled, shown)


def shown_as(head: str, source: str) -> int:
    attrs = attributes(head)
    return SHOWN if not folding.is_hidden(attrs) else FOLDS if folding.is_fold(attrs, source) else HIDES


@lru_cache(16384)
def start_of(  # noqa: PLR0913, PLR0917  # all that is read of a tag
    tag: str, said: int = 0, written: str = "", kind: str = "", stated: str = "", href: bool = False, labelled: bool = False, shown: int = 0
) -> Start:
    own, level = TAG_ROLES.get(tag, "generic"), LEVELS.get(tag, 0)
    role = own
    if href or written or tag == "input":
        attrs: Attrs = {"role": written, "type": kind, "href": ""} if href else {"role": written, "type": kind}
        role = role_of(tag, attrs)
        level = level_of(tag, stated) if role == "heading" else 0
    way = way_of(tag, said, kind, shown)
    flags = PRE * (tag in PREFORMATTED) | CONTROL * (tag in CONTROLS) | TITLE * (level == 1) | LINKED * href
    flags |= FOLDED * (tag == "details" or shown == FOLDS or (shown == SHOWN and said & IS_FOLDED > 0))
    suspect = own in MARKED or role in MARKED or tag in ("noscript", "form") or said & KINDS > 0
    special = tag in LABELABLE or tag in NAMING
    named = own in FROM_CONTENT or role in FROM_CONTENT or special or tag in ("summary", "img") or labelled or href
    noted = 2 if suspect or level > 0 or tag in _NOTED or role == "img" else int(named)
    plain = not labelled and role in FROM_CONTENT and not special and tag not in ("img", "area")
    caption = tag == "figcaption" or said & IS_CAPTION > 0
    return Start(
        tag, role, level, way, flags, tag in VOID, suspect, named, noted, said & KINDS, caption, plain, tag in BLOCKS, spelt_as(tag, level)
    )


def way_of(tag: str, said: int, kind: str, shown: int) -> int:
    """How the walk is to take an element."""
    if tag in SKIPPED:
        return FORMULA if tag == "script" and kind.startswith("math/tex") else PASSED
    if shown == HIDES:
        return HIDDEN
    way = FORMULA if tag in _FORMULAS else SVG if tag == "svg" else VERBATIM if tag in RAW else PLAIN
    return FORMULA if said & IS_FORMULA and way == PLAIN else way


def spelt_as(tag: str, level: int) -> int:
    if tag in CELLS:
        return CELL_
    if tag in BLOCKS:
        return OPENED if level or tag == "li" else BLOCK
    return BREAK if tag == "br" else RAISED if tag == "sup" else INLINE


KINDS, IS_FOLDED, IS_FORMULA, IS_CAPTION = (1 << 7) - 1, 1 << 7, 1 << 8, 1 << 9


@lru_cache(65536)
def spoken(names: str) -> int:
    """What class names speak of: boilerplate, folding, a formula, a caption."""
    found = 0
    for name in names.split():
        found |= told(name)
    return found


@lru_cache(65536)
def told(name: str) -> int:
    """Of one name: itself, and its parts at '-', '_' and capitals."""
    lower = name.lower()
    found = _WORDS.get(lower, 0) | IS_FOLDED * (lower in folding.FOLDED_TOKENS) | IS_FORMULA * (name in formulas.RENDERED)
    for word in folding.parts(name):
        found |= _WORDS.get(word.lower(), 0)
    return found


_WORDS = {**LISTED, "caption": IS_CAPTION}


def level_of(tag: str, stated: str) -> int:
    return LEVELS.get(tag) or (int(stated) if stated in DIGITS else 2)
