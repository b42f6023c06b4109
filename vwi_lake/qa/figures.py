"""Pictures of a question or solution: those in it, and those it refers to by a link or by "Figure 3.2"."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from vwi_lake.qa.questions import Span
from vwi_lake.qa.regions import Page
from vwi_lake.qa.tokens import is_figure
from vwi_lake.web.document import Node

_FIGURE = (
    r"(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|figura|fig[uú]ra|figuur|rys(?:unek|unku|\.)?|obr(?:ázek|ázku|\.)?|рис(?:унок|унке|\.)?"
    r"|図|图|圖|그림|şekil|hình|gambar|شكل|चित्र)"
)
_NUMBER = r"(\d+(?:[.\-]\d+)*[a-z]?)"
_NAMED = re.compile(rf"(?<![^\W\d_]){_FIGURE}\s*{_NUMBER}", re.IGNORECASE)
_FORMULA = re.compile(r"\$|\\(?!begin\{(?:figure|picture|pspicture|tikzpicture|center)|includegraphics|eps)")  # an alt text in LaTeX
MOST_LINKED = 3  # pictures a linked element may hold to be a figure


def pictures(page: Page, spans: Sequence[Span], text: str) -> list[str]:
    """Images of the spans, then figures they refer to; formulas left out."""
    nodes = page.tree.nodes
    found = [url for start, stop in spans for url in images_in(page, start, stop)]
    for start, stop in spans:
        for node in nodes[start:stop]:
            if node.tag == "a" and (target := page.target(node)):
                found += figure_at(page, target)
    if not found:
        named = captions(page) if _NAMED.search(text) else {}
        found += [url for number in _NAMED.findall(text) for url in named.get(number.lower(), [])]
    return list(dict.fromkeys(found))


def images_in(page: Page, start: int, stop: int) -> list[str]:
    shown = page.pictured[bisect_left(page.pictured, start) : bisect_left(page.pictured, stop)]
    found = (page.tree.nodes[index].image for index in shown)
    return [image.url for image in found if image and not _FORMULA.match(image.alt)]


def shows(page: Page, node: Node) -> int:
    """How many images an element holds, formulas among them."""
    return bisect_left(page.pictured, node.end) - bisect_left(page.pictured, node.index)


def figure_at(page: Page, node: Node) -> list[str]:
    """The pictures of the figure that a link leads to, or into."""
    around: Node | None = node
    for _ in range(3):
        if around is None:
            return []
        if around.tag in ("figure", "img", "svg") or is_figure(around):
            urls = images_in(page, around.index, around.end)
            return urls if len(urls) <= MOST_LINKED else []
        around = around.parent
    return []


def captions(page: Page) -> dict[str, list[str]]:
    """Pictures by the number of their caption, found once a page."""
    if page.figures is None:
        page.figures = captioned(page)
    return page.figures


def captioned(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in page.lines:
        match = _NAMED.match(line.text) if line.block.tag in ("figcaption", "caption", "p", "div", "td") and len(line.text) < 2000 else None
        if match is None:
            continue
        node = line.block.parent if line.block.tag in ("figcaption", "caption") else line.block
        around = node.parent if node and not shows(page, node) and line.block.tag in ("p", "div") else node
        urls = images_in(page, around.index, around.end) if around and shows(page, around) <= MOST_LINKED else []
        if 0 < len(urls) <= MOST_LINKED:
            found.setdefault(match[1].lower(), urls)
    return found
