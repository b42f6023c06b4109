"""Flatten markup that nests so deep, or misnests so much, that parsing it would take longer than its size allows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, count

from vwi_lake.web.wordlists import among

FEW = 3000  # tags; so few nest cheaply whatever they are
DEPTH = 480  # Chromium cuts at 512, too
OPEN_FORMATS = 60  # the parser reopens open formatting elements in every block: their number multiplies the tree
MOST_OPTIONS = 5000  # before each the parser looks through all of its select
_OPTION = re.compile(r"<option\b[^<>]*>", re.IGNORECASE)
_NAME = re.compile(r"<(/?[a-zA-Z][^\s/>]*)")
_OPENING = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][^\s/>]*))")
_STOP = re.compile("[>\"']")
_RAW = among("script style textarea title xmp iframe noembed noframes")
# the parser closes these by itself, or they hold nothing
_UNCOUNTED = among(
    """
    area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot option optgroup colgroup
    html head body
    """
)
_FORMATS = among("a b big code em font i nobr s small strike strong tt u")


def flatten(html: str) -> str:
    """Drop the tags (never the text) of elements nested beyond any honest page's depth, and of options beyond any form's number."""
    if html.count("<") > MOST_OPTIONS:
        seen = count(1)
        html = _OPTION.sub(lambda option: option[0] if next(seen) <= MOST_OPTIONS else " ", html)
    if html.count("<") < FEW or not is_suspicious(_NAME.findall(html)):
        return html
    depth: dict[str, int] = {}
    total = formats = at = 0
    out: list[str] = []
    for start, end, name, closing in tags(html):
        step = -1 if closing else 1
        if closing and not depth.get(name):
            continue
        depth[name] = depth.get(name, 0) + step
        total += step
        formats += step * (name in _FORMATS)
        level, limit = (formats, OPEN_FORMATS) if name in _FORMATS else (total, DEPTH)
        if level > limit or (closing and level >= limit):
            out.append(html[at:start])
            at = end
    return "".join(out) + html[at:] if at else html


def is_suspicious(names: list[str]) -> bool:
    """An upper bound of the depth, at a fraction of the scan's cost: closings that fit no opening do not count."""
    counts = Counter(names)
    steps = {name: step(name, counts) for name in counts}
    formats = frozenset(name for name in counts if name.lower().lstrip("/") in _FORMATS)
    return swing(map(steps.__getitem__, names)) > DEPTH or swing(map(steps.__getitem__, filter(formats.__contains__, names))) > OPEN_FORMATS


def step(name: str, counts: Counter[str]) -> int:
    if name.lower().lstrip("/") in _UNCOUNTED:
        return 0
    if name[0] != "/":
        return 1
    return -1 if counts[name] <= counts[name[1:]] * 1.1 + 20 else 0


def swing(steps: Iterable[int]) -> int:
    """From the lowest to the highest level: at least the depth."""
    levels = [0, *accumulate(steps)]
    return max(levels) - min(levels)


def tags(html: str) -> Iterator[tuple[int, int, str, bool]]:
    """(start, end, name, closing) of each tag that nests; linear, since what never ends swallows the rest of the page."""
    at = 0
    while match := _OPENING.search(html, at):
        if match[1]:
            at = html.find("-->", match.end())
            if at < 0:
                return
            continue
        name, end = match[3].lower(), tag_end(html, match.end())
        if end < 0:
            return
        at = end
        if name in _RAW and not match[2]:
            closing = re.compile(f"</{name}\\b", re.I).search(html, end)
            if closing is None:
                return
            at = closing.end()
        elif name not in _UNCOUNTED and html[end - 2] != "/":
            yield match.start(), end, name, bool(match[2])


def tag_end(html: str, at: int) -> int:
    """The end of the tag whose name ends here: the first '>' outside quotes."""
    while match := _STOP.search(html, at):
        if match[0] == ">":
            return match.end()
        at = html.find(match[0], match.end()) + 1
        if not at:
            return -1
    return -1
