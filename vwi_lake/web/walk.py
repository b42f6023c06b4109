"""One pass over the parsed page as the parser writes it out: cheaper than asking it for one node after another."""

import re
from dataclasses import dataclass, field, replace
from weakref import ref

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web import folding, formulas, pictures, tags
from vwi_lake.web.document import BLOCKS, CELLS, Image, Node, Tree
from vwi_lake.web.labels import set_names
from vwi_lake.web.tags import EMPTY, FOLDED, PRE, Attrs, Start, unescape

MAX_SOURCES = 40  # tokens before an img that may be the sources of its <picture>
NO_CHILDREN: list[Node] = []  # shared by all that have none: half the nodes of a page


_NO_WORDS = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>|<[^>]*>", re.S)


@dataclass(slots=True)
class Table:
    index: int
    places: bool  # holds what only a table for layout holds
    rows: int = 0
    cells: int = 0


@dataclass(slots=True)
class Page:
    """What the walk knows and gathers."""

    source: str
    base: str
    tokens: list[str]  # what follows each '<' of the markup
    nodes: list[Node]
    words: list[tuple[int, int, int]] = field(default_factory=list)  # of text and formulas: index, length, flags of what is around
    links: list[int] = field(default_factory=list)
    suspects: list[Node] = field(default_factory=list)  # boilerplate perhaps, by role or name
    named: list[Node] = field(default_factory=list)  # whose role has an accessible name, or that give one
    tables: list[Table] = field(default_factory=list)
    pictured: list[Node] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    preformatted: set[int] = field(default_factory=set)
    last_text: int = 0  # index of the last node with words: an image and its noscript twin have none between
    has_tex: bool = False  # MathJax's scripts hold the source of what it rendered


def walk(parser: LexborHTMLParser, source: str, url: str) -> tuple[Tree, Page]:
    """The tree of a page, boilerplate not yet marked, and what marking it takes."""
    html, title, body = parser.root, parser.css_first("title"), parser.body
    attrs = html.attributes if html is not None else EMPTY
    root = Node("html", "document", attrs, None, [], "", 0, False, False, 0, 1)
    markup = (body.html or "") if body is not None else ""
    base = base_of(parser, url) if "<base" in source or "<BASE" in source else url
    page = Page(source, base, markup.split("<"), [root], has_tex="math/tex" in source)
    grow(page, root)
    root.end = len(page.nodes)
    said = " ".join(title.text().split()) if title else ""
    tree = Tree(url, said, attrs.get("lang") or attrs.get("xml:lang") or "", root, page.nodes, [])
    tree.filled, tree.preformatted = page.filled, page.preformatted
    tree.layout = frozenset(t.index for t in page.tables if t.places or (t.rows > 1 and t.cells <= t.rows))
    gather_images(tree, page.pictured)
    set_names(page.nodes, page.named)
    return tree, page


def base_of(parser: LexborHTMLParser, url: str) -> str:
    node = parser.css_first("base[href]")
    return (pictures.absolute(url, node.attributes.get("href") or "") if node else "") or url


def grow(page: Page, root: Node) -> None:  # noqa: PLR0912  # the hot loop: each call more is paid per node
    """Depth first with a stack of our own: pages nest deeper than Python's stack."""
    tokens, nodes = page.tokens, page.nodes
    starts: dict[str, Start | None] = {}  # None stands for a closing tag
    stack: list[tuple[Node, int, Table | None]] = []
    parent, flags, table = root, 0, None
    at, stop = 1, len(tokens)
    while at < stop:
        head, closed, text = tokens[at].partition(">")
        at += 1
        try:
            start = starts[head]
        except KeyError:
            if head[:1] in "!?":
                at, text = after_comment(tokens, at - 1)
                if text:
                    add_text(page, text, parent, flags)
                continue
            if not closed and at < stop:  # a '<' in the name of an attribute
                tokens[at] = f"{head}\ufffd{tokens[at]}"
                continue
            start = starts[head] = None if head[0] == "/" else tags.read(head, page.source)
        if start is None:
            if stack:
                parent.end = len(nodes)
                parent, flags, table = stack.pop()
        elif start.way and (end := _WAYS[start.way](page, at, start, parent, flags)) >= 0:
            text = tokens[end].partition(">")[2] if end < stop else ""
            at = end + 1
        else:
            index, within = len(nodes), flags | start.flags
            node = Node(
                start.tag, start.role, start.attrs, ref(parent), [], "", start.level, within & FOLDED != 0, False, index, index + 1
            )  # fmt: skip
            parent.children.append(node)
            nodes.append(node)
            inner = note(page, node, start, table, at) if start.noted else table
            if not start.void:
                stack.append((parent, flags, table))
                parent, flags, table = node, within, inner
        if text:
            if "\\" in text or "&" in text or "$$" in text or flags & PRE:
                add_text(page, text, parent, flags)
            elif said := " ".join(text.split()):
                if text[0].isspace():
                    said = " " + said
                add_words(page, said + " " if text[-1].isspace() else said, parent, flags)
            elif (siblings := parent.children) and (last := siblings[-1]).tag not in BLOCKS and last.text[-1:] != " ":
                add_words(page, " ", parent, flags)


def after_comment(tokens: list[str], at: int) -> tuple[int, str]:
    """Where to go on after a comment, and the text behind it."""
    if tokens[at].startswith("!--"):
        while at < len(tokens):
            _, closed, text = tokens[at].partition("-->")
            at += 1
            if closed:
                return at, text
        return at, ""
    return at + 1, tokens[at].partition(">")[2]


def closing(tokens: list[str], at: int, tag: str) -> int:
    """The token that closes the element whose content begins here."""
    end, depth = f"/{tag}>", 1
    raw = tag in tags.RAW
    stop, opening = len(tokens), (tag + " ", tag + ">")
    while at < stop:
        token = tokens[at]
        if token.startswith(end):
            depth -= 1
            if not depth:
                return at
        elif not raw:
            if token.startswith(opening):
                depth += 1
            elif token.startswith(tags.RAW_STARTS):
                at = closing(tokens, at + 1, token.partition(">")[0].partition(" ")[0])
        at += 1
    return at


def markup_of(tokens: list[str], at: int, end: int) -> str:
    """The element that begins before token `at` and is closed by token `end`."""
    return "<" + "<".join(tokens[at - 1 : end]) + "<" + (tokens[end].partition(">")[0] + ">" if end < len(tokens) else "")


def note(page: Page, node: Node, start: Start, table: Table | None, at: int) -> Table | None:
    """What some elements say of themselves or their table; returns the table that their children are in."""
    tag = node.tag
    if start.named:
        page.named.append(node)
    if start.suspect:
        page.suspects.append(node)
    if start.flags & tags.LINKED:
        page.links.append(node.index)
    if tag in tags.PICTURES or node.role == "img":
        add_image(page, node, at)
    if tag == "table":
        if table is not None:
            table.places = True
        mine = Table(node.index, table is None and node.attrs.get("role") in ("presentation", "none"))
        page.tables.append(mine)
        return mine
    if table is not None:
        table.cells += tag in CELLS
        table.rows += tag == "tr"
        table.places = table.places or tag in tags.PLACING
    return table


def add_formula(page: Page, text: str, parent: Node, attrs: Attrs, flags: int) -> None:
    index = len(page.nodes)
    node = Node("math", "math", attrs, ref(parent), NO_CHILDREN, text, 0, flags & FOLDED != 0, False, index, index + 1)
    parent.children.append(node)
    page.nodes.append(node)
    page.words.append((index, len(text), flags))
    page.filled.append(index)


def add_text(page: Page, raw: str, parent: Node, flags: int) -> None:
    """A text node, white space collapsed; TeX between its delimiters becomes formulas of its own."""
    if "&" in raw:
        raw = unescape(raw)
    if flags & PRE:
        if "  " in raw or "\n" in raw or "\t" in raw:
            page.preformatted.add(len(page.nodes))
        add_words(page, raw.replace("\r", ""), parent, flags)
    elif ("\\" in raw or "$$" in raw) and (parts := formulas.split(raw)):
        for is_formula, part in parts:
            if is_formula:
                add_formula(page, part, parent, EMPTY, flags)
            elif part:
                add_words(page, collapse(part, parent), parent, flags)
    else:
        add_words(page, collapse(raw, parent), parent, flags)


def collapse(raw: str, parent: Node) -> str:
    """White space as one space each; '' where it only parts blocks."""
    text = " ".join(raw.split())
    if text:
        return (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
    last = parent.children[-1] if parent.children else None
    return "" if not raw or last is None or last.tag in BLOCKS or last.text.endswith(" ") else " "


def add_words(page: Page, text: str, parent: Node, flags: int) -> None:
    if text == "":
        return
    index = len(page.nodes)
    node = Node("#text", "text", EMPTY, ref(parent), NO_CHILDREN, text, 0, flags & FOLDED != 0, False, index, index + 1)
    parent.children.append(node)
    page.nodes.append(node)
    page.words.append((index, len(text), flags))
    if text != " ":
        page.last_text = index
        page.filled.append(index)


def pass_over(page: Page, at: int, start: Start, parent: Node, flags: int) -> int:  # as all ways
    return at - 1 if start.void else closing(page.tokens, at, start.tag)


def hide(page: Page, at: int, start: Start, parent: Node, flags: int) -> int:
    """Hidden by itself: passed over, but for a formula that stands nowhere else."""
    end = pass_over(page, at, start, parent, flags)
    holds_formula = any(token.startswith("math") for token in page.tokens[at - 1 : end])
    repeated = end + 1 < len(page.tokens) and page.tokens[end + 1].startswith(("img", "script"))
    return -1 if holds_formula and not repeated else end


def formula(page: Page, at: int, start: Start, parent: Node, flags: int) -> int:
    """What is a formula, or belongs to one, is dealt with here; anything else is an element like others."""
    if start.tag == "noscript" and not may_be_twin(page):
        return -1
    end = pass_over(page, at, start, parent, flags)
    tex = formula_at(page, at, end, start)
    if tex:
        add_formula(page, tex, parent, start.attrs, flags | start.flags)
    return -1 if tex is None else end


def formula_at(page: Page, at: int, end: int, start: Start) -> str | None:
    """The formula that an element is; '' for what is passed over, None for anything else."""
    tag = start.tag
    if tag == "img":
        return formulas.of_image(start.attrs) or None
    if tag == "noscript":
        return "" if is_twin(page, at, end) else None
    if tag == "script":
        return formulas.clean("<".join(page.tokens[at - 1 : end]).partition(">")[2])
    if tag != "math" and formulas.is_repeated(start.attrs["class"] or "", page.has_tex):
        return ""
    element = parsed(markup_of(page.tokens, at, end))
    if element is None:
        return None
    return formulas.of_math(element) if tag == "math" else formulas.of_rendered(element)


def parsed(markup: str) -> LexborNode | None:
    body = LexborHTMLParser(markup).body
    return body.first_child if body is not None else None


def drawing(page: Page, at: int, start: Start, parent: Node, flags: int) -> int:
    """An inline SVG: an image with its text, and no content."""
    end, index = closing(page.tokens, at, start.tag), len(page.nodes)
    within = flags | start.flags
    node = Node("svg", start.role, start.attrs, ref(parent), NO_CHILDREN, "", start.level, within & FOLDED != 0, False, index, index + 1)
    parent.children.append(node)
    page.nodes.append(node)
    page.named.append(node)
    if start.suspect:
        page.suspects.append(node)
    markup = markup_of(page.tokens, at, end)
    if url := pictures.of_svg(markup, start.attrs):
        keep_image(page, node, url, start.attrs.get("alt") or start.attrs.get("aria-label") or words_of(markup))
    return end


def words_of(markup: str) -> str:
    return " ".join(unescape(_NO_WORDS.sub(" ", markup)).split())


def verbatim(page: Page, at: int, start: Start, parent: Node, flags: int) -> int:
    """An element whose content is text whatever it looks like."""
    end, index, within = closing(page.tokens, at, start.tag), len(page.nodes), flags | start.flags
    node = Node(start.tag, start.role, start.attrs, ref(parent), [], "", 0, within & FOLDED != 0, False, index, index + 1)
    parent.children.append(node)
    page.nodes.append(node)
    if start.tag != "iframe":
        add_words(page, "<".join(page.tokens[at - 1 : end]).partition(">")[2], node, within)
        node.end = len(page.nodes)
    return end


_WAYS = {tags.PASSED: pass_over, tags.HIDDEN: hide, tags.FORMULA: formula, tags.SVG: drawing, tags.VERBATIM: verbatim}


def may_be_twin(page: Page) -> bool:
    """Whether a lazy image was just read, with no words since."""
    last = page.pictured[-1] if page.pictured else None
    return last is not None and last.index >= page.last_text and last.tag == "img" and bool(last.image) and pictures.is_lazy(last.attrs)


def is_twin(page: Page, at: int, end: int) -> bool:
    """A noscript that only repeats the lazy image just read."""
    inner = page.tokens[at - 1 : end]
    return any(t.startswith("img") for t in inner) and not any(t.partition(">")[2].strip() for t in inner)


def add_image(page: Page, node: Node, at: int) -> None:
    attrs = node.attrs
    if node.tag == "img":
        in_picture = node.parent is not None and node.parent.tag == "picture"
        url = pictures.source(attrs, page.base, sets_of_picture(page.tokens, at - 2) if in_picture else "")
    elif node.tag in ("object", "embed"):
        url = pictures.of_object(node.tag, attrs, page.base)
    else:
        url = pictures.of_background(attrs, page.base)
    if url:
        keep_image(page, node, url, attrs.get("alt") or attrs.get("aria-label") or "")


def sets_of_picture(tokens: list[str], at: int) -> str:
    """The srcsets of the <source>s before an img."""
    found: list[str] = []
    last = max(0, at - MAX_SOURCES)
    while at > last and not tokens[at].startswith("picture"):
        if tokens[at].startswith("source "):
            attrs = tags.read(tokens[at].partition(">")[0], "").attrs
            found.append(attrs.get("srcset") or attrs.get("data-srcset") or "")
        at -= 1
    return ", ".join(filter(None, reversed(found)))


def keep_image(page: Page, node: Node, url: str, alt: str) -> None:
    attrs = node.attrs
    width, height = pictures.pixels(attrs.get("width")), pictures.pixels(attrs.get("height"))
    if (width is not None and width <= 1) or (height is not None and height <= 1):
        return  # a tracking pixel
    forget_twin(page, node, alt)
    node.image = Image(url, alt.strip(), (attrs.get("title") or "").strip(), "", width, height, node.index)
    page.pictured.append(node)
    page.filled.append(node.index)


def forget_twin(page: Page, node: Node, alt: str) -> None:
    """The other order: a noscript's image, then its lazy twin of the same alt or file."""
    last = page.pictured[-1] if page.pictured else None
    if last is None or last.image is None or last.parent is None or last.parent.tag != "noscript" or last.index < page.last_text:
        return
    if node.tag == "img" and pictures.is_lazy(node.attrs) and last.image.alt == alt.strip():
        last.image = None
        page.pictured.pop()


def gather_images(tree: Tree, pictured: list[Node]) -> None:
    """Captions, and the page's images in reading order, each URL once."""
    merged: dict[str, Image] = {}
    captions: dict[int, str] = {}  # by what is around several images
    for node in pictured:
        if node.image is None:
            continue
        node.image = replace(node.image, caption=caption_of(tree, node, captions))
        merged.setdefault(node.image.url, node.image)
    tree.images = list(merged.values())
    tree.numbers = {url: number for number, url in enumerate(merged, 1)}


def caption_of(tree: Tree, node: Node, captions: dict[int, str]) -> str:
    """The figcaption of its figure, or what a class names a caption beside it."""
    around = node.parent
    for _ in range(4):
        if around is None or around.tag in ("body", "main", "article", "section"):
            return ""
        if around.index not in captions:
            captions[around.index] = caption_in(tree, around)
        if captions[around.index]:
            return captions[around.index]
        around = around.parent
    return ""


def caption_in(tree: Tree, around: Node) -> str:
    for child in around.children:
        if child.tag == "figcaption" or (child.attrs and "caption" in folding.words_of(child.attrs.get("class") or "")):
            return " ".join(tree.inner_text(child).split())[:1000]
    return ""
