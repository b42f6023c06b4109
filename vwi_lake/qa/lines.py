"""A page as lines: runs of inline nodes between block edges and line breaks, with what typography says of them."""

import re
from dataclasses import dataclass
from unicodedata import category

from vwi_lake.qa.leadins import normal_number
from vwi_lake.web.document import BLOCKS, CELLS, Node, Tree

QUESTION_MARKS = ("?", "？", "؟")

CONTROLS = frozenset(("select", "option", "textarea", "optgroup", "datalist"))
_BLOCKS = BLOCKS | CELLS | {"button", "legend", "input"}
_BREAKS = _BLOCKS | {"br", "hr"}
_SPOKEN = frozenset(("#text", "math"))
_LABELLING = frozenset(("b", "strong", "u"))


@dataclass(slots=True)
class Line:
    """One line of text; `lead` is the text of the inline element it begins with (a bold label, mostly)."""

    start: int
    stop: int
    block: Node
    text: str
    lead: str
    level: int  # of the heading it stands in, or 0
    raw: bool  # preformatted

    @property
    def is_title(self) -> bool:
        """A heading, or a line of nothing but its lead."""
        return self.level > 0 or self.lead == self.text


def split_lines(tree: Tree, shown: frozenset[int] = frozenset(), is_label: object = None) -> list[Line]:
    """The lines of the page without boilerplate and form controls; a bold label amid a paragraph begins a line of its own."""
    blocks, tops, levels, raws = _surroundings(tree)
    lines: list[Line] = []
    fresh = True
    for i, node in enumerate(tree.nodes):
        tag = node.tag
        if tag in _BREAKS:
            fresh = True
            continue
        text = node.text if tag in _SPOKEN else ""
        if not (text.strip() or node.image) or (node.boilerplate and i not in shown) or blocks[i].tag in CONTROLS:
            if lines and not fresh and text:
                lines[-1].text += " "
            continue
        block, top = blocks[i], tops[i]
        label = top >= 0 and is_labelling(tree.nodes[top]) and i == _first_text(tree, top)
        if not fresh and callable(is_label) and top >= 0 and i == _first_text(tree, top) and ends_sentence(lines[-1].text):
            label = label or bool(_RUN_IN.search(_text(tree, top)))
        amid = not fresh and tree.nodes[top].tag != "a" and text.strip()[:1].islower() and not ends_sentence(lines[-1].text)
        label = label and callable(is_label) and not amid and is_label(_text(tree, top))
        if fresh or lines[-1].block is not block or label:
            lines.append(Line(i, i, block, "", _text(tree, top) if top >= 0 else "", levels[i], raws[i]))
            fresh = False
        line = lines[-1]
        if line.text and (is_ornament(line.text) or (line.stop == line.start + 1 and is_unseen(tree.nodes[line.start].parent))):
            line.text, line.lead = "", _text(tree, top) if top >= 0 else ""
        line.text += text
        line.stop = i + 1
    for line in lines:
        line.text = line.text.strip() if line.raw else " ".join(line.text.replace("\u200b", "").split())
    return lines


def is_ornament(text: str) -> bool:
    """Nothing but "▣" or "✍"."""
    return all(category(char) in ("So", "Zs") for char in text.strip("\ufe0f"))


_UNSEEN = frozenset(("screen-reader-only", "sr-only", "visually-hidden"))


def is_unseen(node: Node | None) -> bool:
    """Words for screen readers only, that say of what make a box is."""
    return node is not None and bool(node.attrs) and not _UNSEEN.isdisjoint((node.attrs.get("class") or "").split())


_RUN_IN = re.compile(r"^\w.{0,40}[.:。：]$")  # slanted or coloured, "Solution."; not a word stressed in a sentence


def ends_sentence(text: str) -> bool:
    return text.rstrip()[-1:] in (".", "?", "!", "。", "？", "！", "؟", ")", "]", ":", "∎")


def is_labelling(node: Node) -> bool:
    """Set in bold, or a link that only a script follows."""
    return node.tag in _LABELLING or (node.tag == "a" and (node.attrs.get("href") or "#").partition(":")[0].rstrip() in ("#", "javascript"))


def _surroundings(tree: Tree) -> tuple[list[Node], list[int], list[int], list[bool]]:
    """For each node: its block, the outermost inline element around it (or -1), the heading level and whether it is preformatted."""
    blocks, tops, levels, raws = [tree.root], [-1], [0], [False]
    for node in tree.nodes[1:]:
        parent = node.parent.index if node.parent else 0
        is_block = node.tag in _BLOCKS
        blocks.append(node if is_block else blocks[parent])
        tops.append(-1 if is_block else tops[parent] if tops[parent] >= 0 else -1 if node.tag == "#text" else node.index)
        levels.append(node.level or levels[parent])
        raws.append(node.tag == "pre" or raws[parent])
    return blocks, tops, levels, raws


def _first_text(tree: Tree, top: int) -> int:
    nodes = tree.nodes
    return next((i for i in range(top, nodes[top].end) if nodes[i].text.strip()), -1)


def _text(tree: Tree, top: int) -> str:
    return " ".join("".join(node.text for node in tree.nodes[top : tree.nodes[top].end]).split())


BARE = re.compile(r"[(（\[]?\s*(?:[a-z]{0,3}\.?\s?)?(\d+(?:[.\-–]\d+|[a-z]{1,2}\d+)*)\s*[.)）:、．\]]{0,2}\s*$", re.IGNORECASE)
LEADING = re.compile(r"[(（\[]?\s*(?:P-?|Ex\s|LC|HW\s?)?(\d{1,3}(?:[.\-–]\d+)*)\s*[.)）:、．\]](?!\d)\s*(?=\S)")


_STEP = re.compile(r"^(?:step|schritt|étape|paso|passo|krok|шаг)\s(?=\d)", re.IGNORECASE)


def leading_number(line: Line) -> str:
    """The number a line begins with, or a bold number before its text: "12. Show that …"."""
    if line.raw:
        return ""
    text = _STEP.sub("", line.text) if line.level else line.text
    match = (BARE.match(text) if len(text) < 16 else None) or LEADING.match(text)
    if not match and line.lead and len(line.lead) < 12:
        match = BARE.match(line.lead)
    return normal_number(match[1]) if match else ""


def list_numbers(tree: Tree) -> dict[int, str]:
    """What ordered lists show before their items, by the item's index."""
    numbers: dict[int, str] = {}
    for node in tree.nodes:
        if node.tag == "ol":
            start = node.attrs.get("start") or ""
            number = int(start) if start.isdigit() else 1
            for child in node.children:
                if child.tag == "li":
                    value = child.attrs.get("value") or ""
                    number = int(value) if value.isdigit() else number
                    numbers[child.index] = str(number)
                    number += 1
    return numbers
