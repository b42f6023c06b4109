"""One pass over the parsed page: every node is touched once, its attributes read once."""

from collections import Counter
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web import folding, formulas, pictures
from vwi_lake.web.document import BLOCKS, CELLS, Image, Node, Tree
from vwi_lake.web.roles import TAG_ROLES, role_of
from vwi_lake.web.wordlists import among

Attrs = dict[str, str | None]
EMPTY: Attrs = {}
LEAF: list[Node] = []  # shared by all that have no children: half the nodes of a page
SKIPPED = among(
    """
    style template head link meta base col colgroup param source track wbr noframes datalist rp title
    """
)
PICTURES = frozenset(("img", "svg", "object", "embed", "image"))
CHILDLESS = PICTURES - {"object"}
LEAVES = frozenset(("script", "math", "img", "noscript"))  # that may be a formula, or nothing
LEVELS = {f"h{level}": level for level in range(1, 7)}
DIGITS = frozenset("123456789")
PREFORMATTED = frozenset(("pre", "textarea"))
PLACING = frozenset((*LEVELS, "pre", "ul", "ol", "dl", "form", "article", "section"))  # a table that holds these only places them
NOTED = PICTURES | PLACING | PREFORMATTED | CELLS | {"table", "tr", "details"}


@dataclass(slots=True)
class Page:
    """What the walk knows and gathers."""

    source: str
    base: str
    nodes: list[Node]
    layout: set[int] = field(default_factory=set)
    cells: Counter[int] = field(default_factory=Counter)
    rows: Counter[int] = field(default_factory=Counter)
    pictured: list[Node] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    last_text: int = 0  # index of the last node with words: an image and its noscript twin have none between


def walk(parser: LexborHTMLParser, source: str, url: str) -> Tree:
    """The tree of a page, boilerplate not yet marked."""
    html, title = parser.root, parser.css_first("title")
    attrs = html.attributes if html is not None else EMPTY
    root = Node("html", "document", attrs, None, [], "", 0, False, False, 0, 1)
    page = Page(source, base_of(parser, url), [root])
    start = parser.body or (html.first_child if html is not None else None)
    if start is not None:
        grow(page, start, root)
    for node in reversed(page.nodes):
        node.end = node.children[-1].end if node.children else node.index + 1
    tree = Tree(
        url, " ".join(title.text().split()) if title else "", attrs.get("lang") or attrs.get("xml:lang") or "", root, page.nodes, []
    )
    one_column = {index for index, rows in page.rows.items() if rows > 1 and page.cells[index] <= rows}
    tree.filled = page.filled
    tree.layout = frozenset(page.layout | one_column)
    gather_images(tree, page.pictured)
    return tree


def base_of(parser: LexborHTMLParser, url: str) -> str:
    node = parser.css_first("base[href]")
    return (pictures.absolute(url, node.attributes.get("href") or "") if node else "") or url


def grow(page: Page, start: LexborNode, root: Node) -> None:  # noqa: PLR0912  # the hot loop: each call more is paid per node
    """Depth first with a stack of our own: pages nest deeper than Python's stack."""
    nodes = page.nodes
    stack: list[tuple[LexborNode, Node, bool, bool, Node | None]] = [(start, root, False, False, None)]
    while stack:
        lex, parent, pre, collapsed, table = stack.pop()
        if parent is not root and (following := lex.next) is not None:
            stack.append((following, parent, pre, collapsed, table))
        tag = lex.tag or "-"
        if tag[0] == "-":
            if tag == "-text":
                add_text(page, lex.text_content or "", parent, pre, collapsed)
            continue
        if tag in SKIPPED:
            continue
        attrs = lex.attributes
        if attrs:
            visible, collapsed = visibility(page, lex, attrs, collapsed)
            if not visible:
                continue
            role = role_of(tag, attrs)
        else:
            attrs, role = EMPTY, TAG_ROLES.get(tag, "generic")
        if tag in LEAVES or ("class" in attrs and formulas.rendered_names(attrs["class"] or "")):
            formula = formula_at(page, lex, tag, attrs)
            if formula:
                add_formula(page, formula, parent, attrs, collapsed)
            if formula is not None:
                continue
        node = Node(tag, role, attrs, parent, [], "", 0, collapsed, False, len(nodes), 0)
        parent.children.append(node)
        nodes.append(node)
        if tag in NOTED or role in ("heading", "img"):
            table = note(page, node, lex, table)
            collapsed, pre = node.collapsed, pre or tag in PREFORMATTED
        if tag not in CHILDLESS and (child := lex.first_child) is not None:
            stack.append((child, node, pre, collapsed, table))


def visibility(page: Page, lex: LexborNode, attrs: Attrs, collapsed: bool) -> tuple[bool, bool]:
    """Whether to read an element at all, and whether it is folded."""
    if ("hidden" in attrs or "aria-hidden" in attrs or "style" in attrs) and folding.is_hidden(attrs):
        if folding.is_fold(attrs, page.source):
            return True, True
        return formulas.is_only_copy(lex), collapsed
    return True, collapsed or ("class" in attrs and folding.looks_folded(attrs["class"] or ""))


def formula_at(page: Page, lex: LexborNode, tag: str, attrs: Attrs) -> str | None:
    """The formula that an element is; '' for what is passed over, None for anything else."""
    if tag == "math":
        return formulas.of_math(lex)
    if tag == "script":
        return formulas.clean(lex.text()) if (attrs.get("type") or "").startswith("math/tex") else ""
    if tag == "noscript":
        return "" if is_twin(page, lex) else None
    if tag == "img":
        return formulas.of_image(attrs) or None
    return formulas.of_rendered(lex, attrs["class"] or "", page.source)


def note(page: Page, node: Node, lex: LexborNode, table: Node | None) -> Node | None:
    """What some elements say of themselves or their table; returns the table that their children are in."""
    tag = node.tag
    if tag in PICTURES or node.role == "img":
        add_image(page, node, lex)
    if node.role == "heading":
        level = node.attrs.get("aria-level") or ""
        node.level = LEVELS.get(tag) or (int(level) if level in DIGITS else 2)
    node.collapsed = node.collapsed or tag == "details"
    if tag == "table" and (table is not None or node.attrs.get("role") in ("presentation", "none")):
        page.layout.add((table or node).index)
    elif table is not None:
        page.cells[table.index] += tag in CELLS
        page.rows[table.index] += tag == "tr"
        if tag in PLACING:
            page.layout.add(table.index)
    return node if tag == "table" else table


def add_formula(page: Page, text: str, parent: Node, attrs: Attrs, collapsed: bool) -> None:
    node = Node("math", "math", attrs, parent, LEAF, text, 0, collapsed, False, len(page.nodes), 0)
    parent.children.append(node)
    page.nodes.append(node)
    page.filled.append(node.index)


def add_text(page: Page, raw: str, parent: Node, pre: bool, collapsed: bool) -> None:
    """A text node, white space collapsed; TeX between its delimiters becomes formulas of its own."""
    if pre:
        add_words(page, raw.replace("\r", ""), parent, collapsed)
    elif ("\\" in raw or "$$" in raw) and (parts := formulas.split(raw)):
        for is_formula, part in parts:
            if is_formula:
                add_formula(page, part, parent, EMPTY, collapsed)
            elif part:
                add_words(page, collapse(part, parent), parent, collapsed)
    else:
        add_words(page, collapse(raw, parent), parent, collapsed)


def collapse(raw: str, parent: Node) -> str:
    """White space as one space each; '' where it only parts blocks."""
    text = " ".join(raw.split())
    if text:
        return (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
    last = parent.children[-1] if parent.children else None
    return "" if not raw or last is None or last.tag in BLOCKS or last.text.endswith(" ") else " "


def add_words(page: Page, text: str, parent: Node, collapsed: bool) -> None:
    if text == "":
        return
    node = Node("#text", "text", EMPTY, parent, LEAF, text, 0, collapsed, False, len(page.nodes), 0)
    parent.children.append(node)
    page.nodes.append(node)
    if text != " ":
        page.last_text = node.index
        page.filled.append(node.index)


def is_twin(page: Page, lex: LexborNode) -> bool:
    """A noscript that only repeats the lazy image just read."""
    last = page.pictured[-1] if page.pictured else None
    if last is None or last.index < page.last_text or last.tag != "img" or not pictures.is_lazy(last.attrs):
        return False
    return bool(lex.css("img")) and not lex.text().strip() and bool(last.image)


def add_image(page: Page, node: Node, lex: LexborNode) -> None:
    attrs, alt = node.attrs, node.attrs.get("alt") or node.attrs.get("aria-label") or ""
    if node.tag == "img":
        in_picture = node.parent is not None and node.parent.tag == "picture"
        url = pictures.source(attrs, page.base, pictures.of_picture(lex) if in_picture else "")
    elif node.tag == "svg":
        url = pictures.of_svg(lex, attrs)
        alt = alt or " ".join(lex.text(separator=" ").split()) if url else ""
    elif node.tag in ("object", "embed"):
        url = pictures.of_object(node.tag, attrs, page.base)
    else:
        url = pictures.of_background(attrs, page.base)
    if not url:
        return
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
    for node in pictured:
        if node.image is None:
            continue
        node.image = replace(node.image, caption=caption_of(tree, node))
        merged.setdefault(node.image.url, node.image)
    tree.images = list(merged.values())
    tree.numbers = {url: number for number, url in enumerate(merged, 1)}


def caption_of(tree: Tree, node: Node) -> str:
    """The figcaption of its figure, or what a class names a caption beside it."""
    around = node.parent
    for _ in range(4):
        if around is None or around.tag in ("body", "main", "article", "section"):
            return ""
        for child in around.children:
            if child.tag == "figcaption" or (child.attrs and "caption" in folding.words(child.attrs.get("class") or "")):
                return " ".join(tree.inner_text(child).split())[:1000]
        around = around.parent
    return ""
