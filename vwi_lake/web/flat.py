"""A page as columns, an entry a node in document order: an object for each node would cost more than all else."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import ReferenceType, ref

from vwi_lake.web.wordlists import among

Attrs = dict[str, str | None]
EMPTY: Attrs = {}
BLOCKS = among(
    """
    html body address article aside blockquote center details dialog dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
    h6 header hgroup hr legend li main menu nav ol optgroup option p pre search section select summary table caption thead tbody tfoot
    tr ul textarea iframe video audio canvas
    """
)
CELLS = frozenset(("td", "th"))
_ATTRIBUTE = re.compile(r'\s([^\s=]+)="([^"]*)"')
_ENTITIES = (("&nbsp;", "\xa0"), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # all that a serialiser writes
# what is handed down to the content
PRE, FOLDED, LINKED, CONTROL, TITLE = (1 << bit for bit in range(5))
INLINE, WORDS, BLOCK, OPENED, CELL_, FORMULA_, BREAK, RAISED = range(8)  # how a node is written out


@dataclass(slots=True, frozen=True)
class Image:
    url: str
    alt: str
    title: str
    caption: str
    width: int | None
    height: int | None
    node: int


@dataclass(slots=True, eq=False)
class Start:
    """What a start tag says by itself; text and formulas have one, too."""

    tag: str
    role: str
    level: int
    way: int
    flags: int
    void: bool
    suspect: bool  # may be boilerplate by role or name
    named: bool  # has an accessible name
    noted: int  # 1: a named element and perhaps a link; 2: what its table or the list of images is to know of
    kinds: int  # which lists of boilerplate's words its class and id are in
    captions: bool  # a caption by tag or class
    plain: bool  # named by its content
    block: bool
    spelt: int


def plain_start(tag: str, role: str, spelt: int, kinds: int = 0, captions: bool = False) -> Start:
    return Start(tag, role, 0, 0, 0, True, False, False, 0, kinds, captions, False, False, spelt)


TEXT = plain_start("#text", "text", WORDS)


@lru_cache(1024)
def math(kinds: int = 0, captions: bool = False) -> Start:
    return plain_start("math", "math", FORMULA_, kinds, captions)


@dataclass(slots=True, eq=False, weakref_slot=True)
class Node:
    """A node knows its parent as long as its tree lives: held weakly, a tree goes with its last reader, not with the next collection."""

    tag: str
    role: str
    attrs: Attrs
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
class Flat:
    starts: list[Start] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # the words of text and formulas, the start tag of an element
    ends: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)  # handed down to the content, of itself and what is around
    own: dict[int, Attrs] = field(default_factory=dict)  # attributes that no start tag here says
    read: dict[str, Attrs] = field(default_factory=dict)  # attributes of start tags
    images: dict[int, Image] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    words: list[int] = field(default_factory=list)  # text and formulas
    links: list[int] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    suspects: list[int] = field(default_factory=list)  # boilerplate perhaps, by role or name
    boilerplate: bytearray = field(default_factory=bytearray)

    def add(self, start: Start, said: str, parent: int, flags: int) -> int:  # an entry of each column
        index = len(self.starts)
        self.starts.append(start)
        self.said.append(said)
        self.ends.append(index + 1)
        self.parents.append(parent)
        self.flags.append(flags)
        return index

    def attrs(self, index: int) -> Attrs:
        if not index or self.starts[index].spelt in (WORDS, FORMULA_):
            return self.own.get(index, EMPTY)
        return self.attrs_in(self.said[index])

    def attrs_in(self, head: str) -> Attrs:
        found = self.read.get(head)
        if found is None:
            found = self.read[head] = attributes(head)
        return found

    def children(self, index: int) -> Iterator[int]:
        ends, child, end = self.ends, index + 1, self.ends[index]
        while child < end:
            yield child
            child = ends[child]

    def nodes(self) -> list[Node]:
        """As objects, for readers that follow them from one to another."""
        found: list[Node] = []
        none: list[Node] = []  # shared by all that have no children
        images, names, attrs = self.images, self.names, self.attrs
        columns = zip(self.starts, self.said, self.ends, self.parents, self.flags, self.boilerplate, strict=True)
        with resting():
            for i, (start, said, end, parent, flags, aside) in enumerate(columns):
                words = start.spelt in (WORDS, FORMULA_)
                node = Node(
                    start.tag, start.role, EMPTY if start is TEXT else attrs(i), ref(found[parent]) if i else None,
                    none if words else [], said if words else "", start.level, flags & FOLDED != 0, aside == 1, i, end,
                    images.get(i), names.get(i, ""),
                )  # fmt: skip
                found.append(node)
                if i:
                    found[parent].children.append(node)
        return found


@contextmanager
def resting() -> Iterator[None]:
    """Without the cyclic collector: a tree that grows is no garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def attributes(head: str) -> Attrs:
    """From 'a class="x" href="y"' as a serialiser writes it."""
    if " " not in head:
        return EMPTY
    found: Attrs = dict(_ATTRIBUTE.findall(head))
    return {name: unescape(value or "") for name, value in found.items()} if "&" in head else found
