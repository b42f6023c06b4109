"""A page as a flat list of nodes in document order, and its readings as text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from vwi_lake.web import running
from vwi_lake.web.flat import BLOCK, BLOCKS, BREAK, CELL_, CELLS, FORMULA_, INLINE, OPENED, RAISED, WORDS, Flat, Image, Node

__all__ = ["BLOCKS", "CELLS", "HEADINGS", "Image", "Node", "Tree", "settle", "spell"]

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(slots=True)
class Tree:
    url: str
    title: str
    lang: str
    flat: Flat
    images: list[Image]
    layout: frozenset[int] = frozenset()  # tables that only place things: their cells read as blocks
    filled: list[int] = field(default_factory=list)  # indices of what can be read: words, formulas, images
    preformatted: set[int] = field(default_factory=set)  # indexes of text whose white space counts
    numbers: dict[str, int] = field(default_factory=dict)  # image URL -> position in images, from 1
    objects: list[Node] = field(default_factory=list)  # once asked for
    base: str = ""  # what relative addresses are relative to

    @property
    def nodes(self) -> list[Node]:
        if not self.objects:
            self.objects = self.flat.nodes()
        return self.objects

    @property
    def root(self) -> Node:
        return self.nodes[0]

    def text(self) -> str:
        """The main content's running text, a block a line; the page's title stands in `title`, captions with their images."""
        skipped = running.asides(self.flat)
        start, end = heading_of(self)
        pieces = [*spell(self, 0, start, True, skipped=skipped), "\n", *spell(self, end, len(self.flat.starts), True, skipped=skipped)]
        return "\n".join(running.trimmed(settle(pieces).split("\n")))

    def document(self, max_tokens: int | None = None) -> str:
        """The main content for a language model: headings as '# …', images as '[img3: alt]'."""
        text = settle(spell(self, 0, len(self.flat.starts), prune=True, marks=True))
        return text if max_tokens is None else cut(text, max_tokens)

    def inner_text(self, of: Node | Sequence[Node]) -> str:
        """The text below a node, or below several in turn."""
        return settle(piece for node in several(of) for piece in ("\n", *spell(self, node.index, node.end)))

    def inner_images(self, of: Node | Sequence[Node]) -> list[Image]:
        """The images below, in reading order, each URL once."""
        images = self.flat.images
        found = (images[i] for node in several(of) for i in range(node.index, node.end) if i in images)
        return list({image.url: image for image in found}.values())


def below(tree: Tree, index: int) -> str:
    return settle(["\n", *spell(tree, index, tree.flat.ends[index])])


def heading_of(tree: Tree) -> tuple[int, int]:
    """Where the heading is that repeats the page's title; a short <header> around it goes with it."""
    flat = tree.flat
    first = next((i for i in flat.headings if flat.starts[i].level == 1 and not flat.boilerplate[i]), None)
    text = below(tree, first) if first is not None else ""
    said, title = _WORD.findall(text.lower()), frozenset(_WORD.findall(tree.title.lower()))
    if first is None or not said or sum(word in title for word in said) < 0.8 * len(said):
        return 0, 0
    around = flat.parents[first]
    of = around if flat.starts[around].tag == "header" and len(below(tree, around)) < len(text) + 400 else first
    return of, flat.ends[of]


def several(of: Node | Sequence[Node]) -> Sequence[Node]:
    return (of,) if isinstance(of, Node) else of


def spell(  # noqa: PLR0912, PLR0913  # a hot loop
    tree: Tree, start: int, stop: int, prune: bool = False, *, marks: bool = False, skipped: Set[int] = frozenset()
) -> list[str]:
    """The pieces of a range of nodes: '\\n' parts blocks; settle() joins them."""
    flat, pieces, closes = tree.flat, list[str](), list[tuple[int, str]]()
    starts, said, ends, boilerplate, images, preformatted = (
        flat.starts, flat.said, flat.ends, flat.boilerplate, flat.images, tree.preformatted,
    )  # fmt: skip
    counts: dict[int, int] = {}  # of the items seen in each list
    closes += [(ends[at], "\n") for at in blocks_around(flat, start, stop)]
    i, due = start, closes[-1][0] if closes else stop
    while i < stop:
        while i >= due:
            pieces.append(closes.pop()[1])
            due = closes[-1][0] if closes else stop
        if prune and (boilerplate[i] or i in skipped):
            i = ends[i]
            continue
        way = starts[i].spelt
        if way == WORDS:
            pieces.append(keep(said[i]) if i in preformatted else said[i])
            i += 1
            continue
        at = i
        i += 1
        if way != INLINE:
            end = ""
            if way == BLOCK:
                pieces.append("\n")
                end = "\n"
            elif way == OPENED:
                first = opening(tree, at, counts, marks)
                pieces.append("\n" + first)
                end = UNBIND + "\n" if first else "\n"
            elif way == CELL_:
                opened, end = ("\n", "\n") if layout_cell(tree, at) else (CELL, ENDCELL)
                pieces.append(opened)
            elif way == FORMULA_:
                pieces.append(f"${said[at]}$")
            elif way == BREAK:
                pieces.append("\n")
            elif way == RAISED and (power := power_of(flat, at)):
                pieces.append(power)
                i = ends[at]
            if end:
                due = ends[at]
                closes.append((due, end))
        if marks and at in images:
            pieces.append(f" {mark(tree, images[at])} ")
    pieces += [end for _, end in reversed(closes)]
    return pieces


def blocks_around(flat: Flat, start: int, stop: int) -> list[int]:
    """The blocks that a range begins within and that end before it does, the outermost first."""
    found: list[int] = []
    at = flat.parents[start] if 0 < start < len(flat.parents) else 0
    while at > 0 and flat.ends[at] < stop:
        if flat.starts[at].spelt in (BLOCK, OPENED):
            found.append(at)
        at = flat.parents[at]
    return found[::-1]


CELL, ENDCELL = "\ue003", "\ue004"
BIND, UNBIND = "\ue005", "\ue006"  # what opens a block is joined to its first line, or goes where there is none


def layout_cell(tree: Tree, cell: int) -> bool:
    starts, parents = tree.flat.starts, tree.flat.parents
    around = parents[cell]
    while around > 0 and starts[around].tag != "table":
        around = parents[around]
    return around <= 0 or around in tree.layout


def has_content(tree: Tree, index: int) -> bool:
    at = bisect_left(tree.filled, index)
    return at < len(tree.filled) and tree.filled[at] < tree.flat.ends[index]


def opening(tree: Tree, index: int, counts: dict[int, int], marks: bool) -> str:
    """What a block begins with: '## ', '- ', or an ordered item's own number; nothing where there is nothing to read."""
    flat = tree.flat
    start, parent = flat.starts[index], flat.parents[index]
    if not has_content(tree, index):
        return ""
    if start.level:
        return "#" * min(start.level, 6) + " " + BIND if marks else ""
    if not marks or flat.starts[parent].tag != "ol":
        return "- " + BIND
    first = written_number(flat.attrs(parent).get("start"), 1)
    number = counts[parent] = written_number(flat.attrs(index).get("value"), counts.get(parent, first - 1) + 1)
    return ordinal(number, flat.attrs(parent).get("type") or "1") + ". " + BIND


def written_number(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,6}\s*", value, re.ASCII) else default


def ordinal(number: int, kind: str) -> str:
    if kind in ("a", "A") and 1 <= number <= 26:
        return chr(ord(kind) + number - 1)
    if kind in ("i", "I") and 1 <= number <= 20:
        tens, ones = divmod(number, 10)
        roman = "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]
        return roman if kind == "I" else roman.lower()
    return str(number)


def power_of(flat: Flat, index: int) -> str:
    """An exponent as '^3' or '^{-1}': without a mark 10³ would read as 103."""
    inner = index + 1
    if flat.parents[index] == index - 1 or inner == flat.ends[index] or flat.ends[inner] != flat.ends[index]:
        return ""
    text = flat.said[inner].strip() if flat.starts[inner].spelt in (WORDS, FORMULA_) else ""
    if not _POWER.fullmatch(text):
        return ""
    return f"^{text}" if len(text) == 1 else f"^{{{text}}}"


def mark(tree: Tree, image: Image) -> str:
    number = tree.numbers.get(image.url, 0)
    label = " ".join((image.alt or image.title).split())[:200]
    return f"[img{number}: {label}]" if label else f"[img{number}]"


_WORD = re.compile(r"\w+")
_UNFILLED = re.compile(f"(?m)^[^\n]{{1,8}}{BIND}[ \n]*{UNBIND}")
_POWER = re.compile(r"[-−–+]?(?:\d{1,3}|[nmkxi])|[-−–+]")
_CELL = re.compile("\ue003([^\ue003\ue004]*)\ue004")


def keep(text: str) -> str:
    """Protect the white space of preformatted text from settle()."""
    return text.replace("\r", "").replace("\n", "\ue000").replace(" ", "\ue001").replace("\t", "\ue002")


def settle(pieces: Iterable[str]) -> str:
    """Join pieces: white space runs to one, line ends only between blocks, cells to 'a | b'."""
    text = "".join(pieces)
    if CELL in text:
        text = _CELL.sub(lambda m: " ".join(m[1].split()) + " | ", text).replace(CELL, " ").replace(ENDCELL, " ")
        text = re.sub(r" \| *(?=\n|$)", "", text)
    while "  " in text:
        text = text.replace("  ", " ")
    text = broken(text)
    if BIND in text:
        text = _UNFILLED.sub("", text).replace(UNBIND, "")
        text = broken(re.sub(f"{BIND}[ \n]*", "", text))
    return text.replace("\ue000", "\n").replace("\ue001", " ").replace("\ue002", "\t") if "\ue000" in text or "\ue001" in text else text


def broken(text: str) -> str:
    """One line end between lines, none of them empty."""
    return "\n".join([line for line in [line.strip(" ") for line in text.split("\n")] if line])


def cut(text: str, max_tokens: int) -> str:
    """Whole lines up to a budget; 4 characters a token, 1 for scripts without spaces."""
    lines, budget = [], max_tokens * 4.0
    for line in text.split("\n"):
        budget -= len(line) + 1 + (0 if line.isascii() else 3 * sum(c > "\u2e80" for c in line))
        if budget < 0:
            break
        lines.append(line)
    return "\n".join(lines)
