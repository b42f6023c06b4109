"""A page as a flat list of nodes in document order, and its readings as text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from weakref import ReferenceType

from vwi_lake.web import running
from vwi_lake.web.wordlists import among

BLOCKS = among(
    """
    html body address article aside blockquote center details dialog dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
    h6 header hgroup hr legend li main menu nav ol optgroup option p pre search section select summary table caption thead tbody tfoot
    tr ul textarea iframe video audio canvas
    """
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CELLS = frozenset(("td", "th"))


@dataclass(slots=True, frozen=True)
class Image:
    url: str
    alt: str
    title: str
    caption: str
    width: int | None
    height: int | None
    node: int


@dataclass(slots=True, eq=False, weakref_slot=True)
class Node:
    """A node knows its parent as long as its tree lives: held weakly, a tree goes with its last reader, not with the next collection."""

    tag: str
    role: str
    attrs: dict[str, str | None]
    above: "ReferenceType[Node] | None"
    children: list["Node"]
    text: str
    level: int
    collapsed: bool
    boilerplate: bool
    index: int
    end: int
    image: Image | None = None
    name: str = ""  # what assistive technology calls it, where its role has a name

    @property
    def parent(self) -> "Node | None":
        return self.above() if self.above else None

    def __repr__(self) -> str:
        return f"<{self.tag} {self.role} {self.index}:{self.end} {self.text[:40]!r}>"


@dataclass(slots=True)
class Tree:
    url: str
    title: str
    lang: str
    root: Node
    nodes: list[Node]
    images: list[Image]
    layout: frozenset[int] = frozenset()  # tables that only place things: their cells read as blocks
    filled: list[int] = field(default_factory=list)  # indices of what can be read: words, formulas, images
    preformatted: set[int] = field(default_factory=set)  # indexes of text whose white space counts
    numbers: dict[str, int] = field(default_factory=dict)  # image URL -> position in images, from 1

    def text(self) -> str:
        """The main content's running text, a block a line; the page's title stands in `title`, captions with their images."""
        skipped = running.asides(self.nodes)
        title = heading_of(self)
        start, end = (title.index, title.end) if title else (0, 0)
        pieces = [*spell(self, 0, start, True, skipped=skipped), "\n", *spell(self, end, len(self.nodes), True, skipped=skipped)]
        return "\n".join(running.trimmed(settle(pieces).split("\n")))

    def document(self, max_tokens: int | None = None) -> str:
        """The main content for a language model: headings as '# …', images as '[img3: alt]'."""
        text = settle(spell(self, 0, len(self.nodes), prune=True, marks=True))
        return text if max_tokens is None else cut(text, max_tokens)

    def inner_text(self, of: Node | Sequence[Node]) -> str:
        """The text below a node, or below several in turn."""
        return settle(piece for node in several(of) for piece in ("\n", *spell(self, node.index, node.end)))

    def inner_images(self, of: Node | Sequence[Node]) -> list[Image]:
        """The images below, in reading order, each URL once."""
        found = (self.nodes[i].image for node in several(of) for i in range(node.index, node.end))
        return list({image.url: image for image in found if image}.values())


def heading_of(tree: Tree) -> Node | None:
    """The heading that repeats the page's title; a short <header> around it goes with it."""
    first = next((node for node in tree.nodes if node.level == 1 and not node.boilerplate), None)
    text = tree.inner_text(first) if first else ""
    said, title = _WORD.findall(text.lower()), frozenset(_WORD.findall(tree.title.lower()))
    if first is None or not said or sum(word in title for word in said) < 0.8 * len(said):
        return None
    around = first.parent
    return around if around and around.tag == "header" and len(tree.inner_text(around)) < len(text) + 400 else first


def several(of: Node | Sequence[Node]) -> Sequence[Node]:
    return (of,) if isinstance(of, Node) else of


def spell(  # noqa: PLR0913  # a hot loop
    tree: Tree, start: int, stop: int, prune: bool = False, *, marks: bool = False, skipped: Set[int] = frozenset()
) -> list[str]:
    """The pieces of a range of nodes: '\\n' parts blocks; settle() joins them."""
    nodes, pieces, closes = tree.nodes, list[str](), list[tuple[int, str]]()
    counts: dict[int, int] = {}  # of the items seen in each list
    i, due = start, stop
    while i < stop:
        node = nodes[i]
        while i >= due:
            pieces.append(closes.pop()[1])
            due = closes[-1][0] if closes else stop
        if prune and (node.boilerplate or i in skipped):
            i = node.end
            continue
        i += 1
        tag = node.tag
        if tag == "#text":
            pieces.append(keep(node.text) if node.index in tree.preformatted else node.text)
            continue
        end = ""
        if tag in CELLS:
            opened, end = ("\n", "\n") if layout_cell(tree, node) else (CELL, ENDCELL)
            pieces.append(opened)
        elif tag in BLOCKS:
            first = opening(tree, node, counts, marks) if node.level or tag == "li" else ""
            pieces.append("\n" + first)
            end = UNBIND + "\n" if first else "\n"
        elif tag == "math":
            pieces.append(f"${node.text}$")
        elif tag == "br":
            pieces.append("\n")
        elif tag == "sup" and (power := power_of(node)):
            pieces.append(power)
            i = node.end
        if marks and node.image:
            pieces.append(f" {mark(tree, node.image)} ")
        if end:
            due = node.end
            closes.append((due, end))
    pieces += [end for _, end in reversed(closes)]
    return pieces


CELL, ENDCELL = "\ue003", "\ue004"
BIND, UNBIND = "\ue005", "\ue006"  # what opens a block is joined to its first line, or goes where there is none


def layout_cell(tree: Tree, cell: Node) -> bool:
    node = cell.parent
    while node and node.tag != "table":
        node = node.parent
    return node is None or node.index in tree.layout


def has_content(tree: Tree, node: Node) -> bool:
    return bisect_left(tree.filled, node.end) > bisect_left(tree.filled, node.index)


def opening(tree: Tree, node: Node, counts: dict[int, int], marks: bool) -> str:
    """What a block begins with: '## ', '- ', or an ordered item's own number; nothing where there is nothing to read."""
    if not has_content(tree, node):
        return ""
    if node.level:
        return "#" * min(node.level, 6) + " " + BIND if marks else ""
    if node.tag != "li":
        return ""
    parent = node.parent
    if not marks or parent is None or parent.tag != "ol":
        return "- " + BIND
    first = written_number(parent.attrs.get("start"), 1)
    number = counts[parent.index] = written_number(node.attrs.get("value"), counts.get(parent.index, first - 1) + 1)
    return ordinal(number, parent.attrs.get("type") or "1") + ". " + BIND


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


def power_of(node: Node) -> str:
    """An exponent as '^3' or '^{-1}': without a mark 10³ would read as 103."""
    if len(node.children) != 1 or node.parent is None or node.parent.children[0] is node:
        return ""
    text = node.children[0].text.strip()
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
