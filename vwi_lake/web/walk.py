"""One pass over the parsed page: every node is touched once, its attributes read once."""

from collections import Counter
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web import folding, formulas, pictures
from vwi_lake.web.document import BLOCKS, CELLS, Image, Node, Tree
from vwi_lake.web.roles import TAG_ROLES, role_of

Attrs = dict[str, str | None]
EMPTY: Attrs = {}
LEAF: list[Node] = []  # shared by all that have no children: half the nodes of a page
SKIPPED = frozenset(["style", "template", "head", "link", "meta", "base", "col", "colgroup", "param", "source", "track", "wbr", "noframes", "datalist", "rp", "title"])
PICTURES = frozenset(("img", "svg", "object", "embed", "image"))
LEVELS = {f"h{level}": level for level in range(1, 7)}
PLACING = frozenset((*LEVELS, "pre", "ul", "ol", "dl", "form", "article", "section"))  # a table that holds these only places them


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
    tree.layout = frozenset(page.layout | one_column)
    gather_images(tree, page.pictured)
    return tree


def base_of(parser: LexborHTMLParser, url: str) -> str:
    node = parser.css_first("base[href]")
    return (pictures.absolute(url, node.attributes.get("href") or "") if node else "") or url


def grow(page: Page, start: LexborNode, root: Node) -> None:
    """Depth first with a stack of our own: pages nest deeper than Python's stack."""
    nodes = page.nodes
    has_tex_scripts = "math/tex" in page.source
    stack: list[tuple[LexborNode, Node, bool, bool, Node | None]] = [(start, root, False, False, None)]
    push, pop = stack.append, stack.pop
    while stack:
        lex, parent, pre, collapsed, table = pop()
        following = lex.next
        if following is not None and parent is not root:
            push((following, parent, pre, collapsed, table))
        tag = lex.tag or "-"
        if tag[0] == "-":
            if tag == "-text":
                raw = lex.text_content or ""
                if pre or "\\" in raw or "$$" in raw:
                    add_text(page, raw, parent, pre, collapsed)
                else:
                    add_words(page, raw, parent, collapsed)
            continue
        if tag in SKIPPED:
            continue
        attrs = lex.attributes or EMPTY
        if tag == "script":
            if (attrs.get("type") or "").startswith("math/tex"):
                add(nodes, "math", "math", attrs, parent, collapsed, formulas.clean(lex.text()))
            continue
        if attrs:
            if ("hidden" in attrs or "aria-hidden" in attrs or "style" in attrs) and folding.is_hidden(attrs):
                if not folding.is_fold(attrs, page.source):
                    if not formulas.is_only_copy(lex, attrs):
                        continue
                else:
                    collapsed = True
            if (names := attrs.get("class")) and not collapsed and folding.looks_folded(names):
                collapsed = True
            if names and formulas.is_rendered(tag, names):
                spelt = formulas.of_rendered(lex, tag, names, attrs, has_tex_scripts)
                if spelt is not None:
                    if spelt:
                        add(nodes, "math", "math", attrs, parent, collapsed, spelt)
                    continue
        if tag == "math":
            add(nodes, "math", "math", attrs, parent, collapsed, formulas.of_math(lex))
            continue
        if tag == "img" and (spelt := formulas.of_image(attrs)):
            add(nodes, "math", "math", attrs, parent, collapsed, spelt)
            continue
        if tag == "noscript" and is_twin(page, lex):
            continue
        role = role_of(tag, attrs) if attrs else TAG_ROLES.get(tag, "generic")
        node = Node(tag, role, attrs, parent, [], "", 0, collapsed, False, len(nodes), 0)
        parent.children.append(node)
        nodes.append(node)
        if tag in PICTURES or (attrs and attrs.get("role") == "img"):
            add_image(page, node, lex)
            if tag != "object" and tag in PICTURES:
                continue
        elif tag in LEVELS:
            node.level = LEVELS[tag]
        elif tag == "pre" or tag == "textarea":
            pre = True
        elif tag == "details":
            node.collapsed = collapsed = True
        elif tag == "table":
            if table is not None or attrs.get("role") in ("presentation", "none"):
                page.layout.add((table or node).index)
            table = node
        elif table is not None and tag in CELLS:
            page.cells[table.index] += 1
        elif table is not None and tag == "tr":
            page.rows[table.index] += 1
        if table is not None and tag in PLACING:
            page.layout.add(table.index)
        if node.role == "heading" and not node.level:
            node.level = int(level) if (level := attrs.get("aria-level") or "2").isdigit() else 2
        if (child := lex.first_child) is not None:
            push((child, node, pre, collapsed, table))


def add(nodes: list[Node], tag: str, role: str, attrs: Attrs, parent: Node, collapsed: bool, text: str) -> None:  # noqa: PLR0917
    node = Node(tag, role, attrs, parent, LEAF, text, 0, collapsed, False, len(nodes), 0)
    parent.children.append(node)
    nodes.append(node)


def add_text(page: Page, raw: str, parent: Node, pre: bool, collapsed: bool) -> None:
    """A text node, white space collapsed; TeX between its delimiters becomes formulas of its own."""
    if pre:
        add(page.nodes, "#text", "text", EMPTY, parent, collapsed, raw.replace("\r", ""))
        page.last_text = len(page.nodes)
    elif parts := formulas.split(raw):
        for is_formula, part in parts:
            if is_formula:
                add(page.nodes, "math", "math", EMPTY, parent, collapsed, part)
            else:
                add_words(page, part, parent, collapsed)
    else:
        add_words(page, raw, parent, collapsed)


def add_words(page: Page, raw: str, parent: Node, collapsed: bool) -> None:
    text = " ".join(raw.split())
    if text:
        if raw[0].isspace():
            text = " " + text
        if raw[-1].isspace():
            text += " "
        page.last_text = len(page.nodes)
    else:
        last = parent.children[-1] if parent.children else None
        if not raw or last is None or last.tag in BLOCKS or last.text.endswith(" "):
            return
        text = " "
    node = Node("#text", "text", EMPTY, parent, LEAF, text, 0, collapsed, False, len(page.nodes), 0)
    parent.children.append(node)
    page.nodes.append(node)


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
