"""A page with its lines and their labels, and the spans of it that ask, answer or hint."""

from bisect import bisect_left
from dataclasses import dataclass
from urllib.parse import unquote

from vwi_lake.qa.leadins import LeadIn, invites, lead_in, opens_answer
from vwi_lake.qa.lines import Line, list_numbers, split_lines
from vwi_lake.web.document import Node, Tree

QUESTIONS = frozenset(("question", "exercise", "example"))
LINKED = QUESTIONS | {"solution", "hint"}  # lead-ins that may be mere links to another page
ASIDES = frozenset(("solution", "hint", "plan"))  # what a question leaves out


@dataclass(slots=True)
class Region:
    """A span of nodes and what it is; `body` is where its text begins after the label."""

    kind: str
    start: int
    stop: int
    body: int
    number: str
    cue: str


@dataclass(slots=True)
class Page:
    """A tree with its lines and their lead-ins."""

    tree: Tree
    lines: list[Line]
    labels: list[LeadIn | None]
    starts: list[int]
    rules: list[int]  # the horizontal ones
    anchors: dict[str, Node]  # by id or name
    numbers: dict[int, str]  # of ordered lists' items

    def first(self, index: int) -> int:
        """The first line that starts at a node or after it."""
        return bisect_left(self.starts, index)

    def between(self, start: int, stop: int) -> list[Line]:
        return self.lines[self.first(start) : self.first(stop)]

    def ruled(self, start: int, stop: int) -> bool:
        """Is there a horizontal rule between two nodes?"""
        k = bisect_left(self.rules, start)
        return k < len(self.rules) and self.rules[k] < stop

    def target(self, link: Node) -> Node | None:
        """The element of this page that a link leads to."""
        href = link.attrs.get("href") or ""
        return self.anchors.get(unquote(href[1:])) if href[:1] == "#" else None


def read_page(tree: Tree) -> Page:
    lines = split_lines(tree, lambda text: bool((found := lead_in(text, True)) and not found.rest and found.kind in ASIDES))
    labels = [label_of(line) for line in lines]
    labels = [
        None if label and label.kind in LINKED and in_link(tree, line.start) else label for line, label in zip(lines, labels, strict=True)
    ]
    anchors = {name: node for node in reversed(tree.nodes) if node.attrs and (name := node.attrs.get("id") or node.attrs.get("name"))}
    return Page(
        tree,
        lines,
        labels,
        [line.start for line in lines],
        [node.index for node in tree.nodes if node.tag == "hr"],
        anchors,
        list_numbers(tree),
    )


def in_link(tree: Tree, index: int) -> bool:
    """Does a link that leaves the page surround a node?"""
    node = tree.nodes[index].parent
    for _ in range(3):
        if node is None:
            return False
        if node.tag == "a" and not (node.attrs.get("href") or "#").startswith(("#", "javascript:")):
            return True
        node = node.parent
    return False


def label_of(line: Line) -> LeadIn | None:
    """The lead-in of a line: a heading, a bold run at its start, or plain words with a colon."""
    if line.raw or not line.text:
        return None
    if opens_answer(line.text) if line.block.tag in ("summary", "button") else invites(line.text):
        return lead_in(line.text, True) or LeadIn("solution", line.text.lower(), "", "")
    if line.level or line.block.tag in ("summary", "button", "dt", "legend", "th", "caption"):
        return lead_in(line.text, len(line.text) < 160)
    if line.lead and (found := lead_in(line.lead, True)):
        rest = (found.rest + " " + line.text[len(line.lead) :].strip()).strip()
        return LeadIn(found.kind, found.word, found.number, rest)
    whole = lead_in(line.text, True) if len(line.text) < 60 else None
    if whole and not whole.rest and whole.kind != "section":
        return whole
    return lead_in(line.text, False)
