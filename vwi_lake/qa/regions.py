"""A page with its lines and their labels, and the spans of it that ask, answer or hint."""

from bisect import bisect_left
from dataclasses import dataclass
from operator import attrgetter
from urllib.parse import unquote

from vwi_lake.qa.labels import above, is_aside, labelled_boxes
from vwi_lake.qa.leadins import LeadIn
from vwi_lake.qa.lines import Line, list_numbers, split_lines
from vwi_lake.qa.lookalikes import TARGETS, labels_of
from vwi_lake.qa.tokens import is_figure
from vwi_lake.web.document import Node, Tree

START = attrgetter("start")  # by which regions, questions and blanks are in order


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
    pictured: list[int]  # nodes with an image
    figures: dict[str, list[str]] | None = None  # pictures by the number of their caption, once asked for

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
        href = next((value for name in TARGETS if (value := link.attrs.get(name)) and value[:1] == "#"), "")
        return self.anchors.get(unquote(href[1:])) if href else None


def read_page(tree: Tree) -> Page:
    lines = split_lines(tree, labelled_boxes(tree), is_aside)
    anchors = {name: node for node in reversed(tree.nodes) if node.attrs and (name := node.attrs.get("id") or node.attrs.get("name"))}
    labels = labels_of(tree, lines, anchors)
    return Page(
        tree,
        lines,
        labels,
        [line.start for line in lines],
        [node.index for node in tree.nodes if node.tag == "hr" and not any(is_figure(around) for around in above(node, 3))],
        anchors,
        list_numbers(tree),
        [node.index for node in tree.nodes if node.image],
    )
