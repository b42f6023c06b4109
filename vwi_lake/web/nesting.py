"""Flatten markup that nests so deep that parsing it would take longer than its size allows."""

import re

DEPTH = 500  # Chromium cuts at 512, too
OPEN_FORMATS = 60
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
# the parser closes these by itself, or they hold nothing
_UNCOUNTED = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "option",
        "optgroup",
        "colgroup",
        "html",
        "head",
        "body",
    ]
)
_FORMATS = frozenset(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"])


def flatten(html: str) -> str:
    """Drop the tags (never the text) of elements nested beyond any honest page's depth."""
    if html.count("<") < 2 * DEPTH:
        return html
    depth: dict[str, int] = {}
    total = formats = 0
    out: list[str] = []
    at = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _UNCOUNTED or match[0].endswith("/>"):
            continue
        step = -1 if match[1] else 1
        if step < 0 and not depth.get(name):
            continue
        depth[name] = depth.get(name, 0) + step
        total += step
        formats += step * (name in _FORMATS)
        level, limit = (formats, OPEN_FORMATS) if name in _FORMATS else (total, DEPTH)
        if level > limit or (step < 0 and level >= limit):
            out.append(html[at : match.start()])
            at = match.end()
    return html if not at else "".join(out) + html[at:]
