"""One pass over the parsed page as the parser writes it out: cheaper than asking it for one node after another."""

import re
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web import formulas, pictures, tags
from vwi_lake.web.document import Tree, below
from vwi_lake.web.flat import CELLS, EMPTY, LINKED, PRE, TEXT, Flat, Image, Start, attributes, math, plain_start, unescape
from vwi_lake.web.labels import set_names

MAX_SOURCES = 40  # tokens before an img that may be the sources of its <picture>
CLOSING = plain_start("/", "", 0)  # of all closing tags
UNREAD = plain_start("", "", 0)

_NO_WORDS = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>|<[^>]*>", re.S)


@dataclass(slots=True)
class Table:
    index: int
    around: "Table | None"
    places: bool  # holds what only a table for layout holds
    rows: int = 0
    cells: int = 0


@dataclass(slots=True)
class Page:
    """What the walk knows and gathers."""

    source: str
    base: str
    tokens: list[str]  # what follows each '<' of the markup
    flat: Flat = field(default_factory=Flat)
    named: list[int] = field(default_factory=list)  # whose role has an accessible name, or that give one
    tables: list[Table] = field(default_factory=list)
    pictured: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    preformatted: set[int] = field(default_factory=set)
    last_text: int = 0  # index of the last node with words: an image and its noscript twin have none between
    has_tex: bool = False  # MathJax's scripts hold the source of what it rendered
    delimited: bool = True  # text may hold formulas
    parted: bool = True  # white space that follows says nothing


def walk(parser: LexborHTMLParser, source: str, url: str) -> Tree:
    """The tree of a page, boilerplate not yet marked."""
    html, head, body = parser.root, parser.head, parser.body
    title = (head.css_first("title") if head is not None else None) or parser.css_first("title")
    attrs = html.attributes if html is not None else EMPTY
    markup = (body.html or "") if body is not None else ""
    page = Page(source, base_of(parser, url), markup.split("<"), has_tex="math/tex" in markup, delimited="\\" in markup or "$$" in markup)
    flat = page.flat
    flat.add(replace(tags.start_of("html"), role="document"), "html", -1, 0)
    flat.own[0] = attrs
    grow(page)
    flat.ends[0] = len(flat.starts)
    said = " ".join(title.text().split()) if title else ""
    tree = Tree(url, said, attrs.get("lang") or attrs.get("xml:lang") or "", flat, [])
    tree.filled, tree.preformatted, tree.base = page.filled, page.preformatted, page.base
    tree.layout = frozenset(t.index for t in page.tables if t.places or (t.rows > 1 and t.cells <= t.rows))
    gather_images(tree, page.pictured)
    set_names(flat, page.named)
    return tree


def base_of(parser: LexborHTMLParser, url: str) -> str:
    node = parser.css_first("base[href]")
    return (pictures.absolute(url, node.attributes.get("href") or "") if node else "") or url


def grow(page: Page) -> None:  # noqa: PLR0912, PLR0915  # the hot loop: each call more is paid per node
    """Depth first without recursion: pages nest deeper than Python's stack."""
    tokens, flat = page.tokens, page.flat
    starts, said, ends, parents, handed = flat.starts, flat.said, flat.ends, flat.parents, flat.flags
    words, filled, named = flat.words, page.filled, page.named
    known: dict[str, Start] = {}
    table: Table | None = None
    parent = flags = 0
    parted = True
    delimited = page.delimited
    ended: set[str] = set()  # closing tags with nothing or white space behind them: a third of all tokens
    at, stop = 1, len(tokens)
    while at < stop:
        token = tokens[at]
        at += 1
        if token in ended:
            start, text = CLOSING, token
        else:
            head, closed, text = token.partition(">")
            start = known.get(head, UNREAD)
        if start is UNREAD:
            if head[:1] in "!?":
                at, text = after_comment(tokens, at - 1)
                if text:
                    page.parted = parted
                    add_text(page, unescape(text), parent, flags)
                    parted = page.parted
                continue
            if not closed and at < stop:  # a '<' in the name of an attribute
                tokens[at] = f"{head}\ufffd{tokens[at]}"
                continue
            start = known[head] = CLOSING if head[0] == "/" else tags.read(head, page.source)
        if start is CLOSING:
            if parent:
                ends[parent] = len(starts)
                parted = starts[parent].block
                if table is not None and table.index == parent:
                    table = table.around
                parent = parents[parent]
                flags = handed[parent]
            if text is token:
                if token[-1] == ">" or (parted and not flags & PRE):
                    continue
                text = token.partition(">")[2]
            elif not text or text.isspace():
                ended.add(token)
        else:
            end = -1
            if start.way:
                page.parted = parted
                end = _WAYS[start.way](page, at, start, parent, flags)
            if end >= 0:
                parted = page.parted
                text = tokens[end].partition(">")[2] if end < stop else ""
                at = end + 1
            else:
                index, within = len(starts), flags | start.flags
                starts.append(start)
                said.append(head)
                ends.append(index + 1)
                parents.append(parent)
                handed.append(within)
                inner = table
                if start.noted == 1:
                    named.append(index)
                    if start.flags & LINKED:
                        flat.links.append(index)
                elif start.noted:
                    inner = note(page, index, start, table, at)
                if start.void:
                    parted = start.block
                else:
                    parent, flags, table, parted = index, within, inner, parted or start.block
        if text:
            if "&" in text:
                text = unescape(text)
            if flags & PRE or (delimited and ("\\" in text or "$$" in text)):
                page.parted = parted
                add_text(page, text, parent, flags)
                parted = page.parted
                continue
            index, piece = len(starts), " ".join(text.split())
            if not piece:
                if parted:
                    continue
                piece, parted = " ", True
            else:
                if len(piece) == len(text):
                    parted = False
                else:
                    if text[0].isspace():
                        piece = " " + piece
                    if parted := text[-1].isspace():
                        piece += " "
                page.last_text = index
                filled.append(index)
            starts.append(TEXT)
            said.append(piece)
            ends.append(index + 1)
            parents.append(parent)
            handed.append(flags)
            words.append(index)


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
        if token[:1] == "/":
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


def note(page: Page, index: int, start: Start, table: Table | None, at: int) -> Table | None:
    """What some elements say of themselves or their table; returns the table that their children are in."""
    tag, flat = start.tag, page.flat
    if start.named:
        page.named.append(index)
    if start.suspect:
        flat.suspects.append(index)
    if start.level:
        flat.headings.append(index)
    if start.flags & LINKED:
        flat.links.append(index)
    if tag in tags.PICTURES or start.role == "img":
        add_image(page, index, at)
    if tag == "table":
        if table is not None:
            table.places = True
        mine = Table(index, table, table is None and flat.attrs(index).get("role") in ("presentation", "none"))
        page.tables.append(mine)
        return mine
    if table is not None:
        table.cells += tag in CELLS
        table.rows += tag == "tr"
        table.places = table.places or tag in tags.PLACING
    return table


def add_formula(  # noqa: PLR0913, PLR0917  # the last two of an element that is one
    page: Page, text: str, parent: int, flags: int, start: Start | None = None, head: str = ""
) -> None:
    flat = page.flat
    index = flat.add(math(start.kinds, start.captions) if start else math(), text, parent, flags)
    if " " in head:
        flat.own[index] = flat.attrs_in(head)
    flat.words.append(index)
    page.filled.append(index)
    page.parted = text[-1:] == " "


def add_text(page: Page, raw: str, parent: int, flags: int) -> None:
    """A text node, white space collapsed; TeX between its delimiters becomes formulas of its own."""
    if flags & PRE:
        if "  " in raw or "\n" in raw or "\t" in raw:
            page.preformatted.add(len(page.flat.starts))
        add_words(page, raw.replace("\r", ""), parent, flags)
    elif ("\\" in raw or "$$" in raw) and (parts := formulas.split(raw)):
        for is_formula, part in parts:
            if is_formula:
                add_formula(page, part, parent, flags)
            elif part:
                add_words(page, collapse(page, part), parent, flags)
    else:
        add_words(page, collapse(page, raw), parent, flags)


def collapse(page: Page, raw: str) -> str:
    """White space as one space each; '' where it only parts blocks."""
    text = " ".join(raw.split())
    if text:
        return (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
    return "" if not raw or page.parted else " "


def add_words(page: Page, text: str, parent: int, flags: int) -> None:
    if text == "":
        return
    index = page.flat.add(TEXT, text, parent, flags)
    page.flat.words.append(index)
    page.parted = text[-1] == " "
    if text != " ":
        page.last_text = index
        page.filled.append(index)


def head_at(page: Page, at: int) -> str:
    """The start tag before token `at`."""
    return page.tokens[at - 1].partition(">")[0]


def pass_over(page: Page, at: int, start: Start, parent: int, flags: int) -> int:  # as all ways
    return at - 1 if start.void else closing(page.tokens, at, start.tag)


def hide(page: Page, at: int, start: Start, parent: int, flags: int) -> int:
    """Hidden by itself: passed over, but for a formula that stands nowhere else."""
    end = pass_over(page, at, start, parent, flags)
    holds_formula = any(token.startswith("math") for token in page.tokens[at - 1 : end])
    repeated = end + 1 < len(page.tokens) and page.tokens[end + 1].startswith(("img", "script"))
    return -1 if holds_formula and not repeated else end


def formula(page: Page, at: int, start: Start, parent: int, flags: int) -> int:
    """What is a formula, or belongs to one, is dealt with here; anything else is an element like others."""
    if start.tag == "noscript" and not may_be_twin(page):
        return -1
    end = pass_over(page, at, start, parent, flags)
    tex = formula_at(page, at, end, start)
    if tex:
        add_formula(page, tex, parent, flags | start.flags, start, head_at(page, at))
    return -1 if tex is None else end


def formula_at(page: Page, at: int, end: int, start: Start) -> str | None:  # noqa: PLR0911  # an answer a kind
    """The formula that an element is; '' for what is passed over, None for anything else."""
    tag = start.tag
    if tag == "img":
        return formulas.of_image(page.flat.attrs_in(head_at(page, at))) or None
    if tag == "noscript":
        return "" if is_twin(page, at, end) else None
    if tag == "script":
        return formulas.clean("<".join(page.tokens[at - 1 : end]).partition(">")[2])
    if tag != "math" and formulas.is_repeated(page.flat.attrs_in(head_at(page, at))["class"] or "", page.has_tex):
        return ""
    if tex := annotated(page.tokens, at - 1, end):
        return tex
    element = parsed(markup_of(page.tokens, at, end))
    if element is None:
        return None
    return formulas.of_math(element) if tag == "math" else formulas.of_rendered(element)


def annotated(tokens: list[str], at: int, end: int) -> str:
    """The TeX that the first <math> here is annotated with, where it can be told without parsing."""
    within = False
    for k in range(at, end - 1):
        token = tokens[k]
        if token.startswith("math"):
            within = True
        elif token.startswith("/math>"):
            return ""
        elif within and token.startswith("annotation "):
            head, _, text = token.partition(">")
            if "tex" in (attributes(head).get("encoding") or "").lower():
                return formulas.clean(unescape(text)) if tokens[k + 1].startswith("/annotation>") else ""
    return ""


def parsed(markup: str) -> LexborNode | None:
    body = LexborHTMLParser(markup).body
    return body.first_child if body is not None else None


def drawing(page: Page, at: int, start: Start, parent: int, flags: int) -> int:
    """An inline SVG: an image with its text, and no content."""
    end, flat = closing(page.tokens, at, start.tag), page.flat
    index = flat.add(start, head_at(page, at), parent, flags | start.flags)
    page.parted = False
    page.named.append(index)
    if start.suspect:
        flat.suspects.append(index)
    if start.level:
        flat.headings.append(index)
    markup, attrs = markup_of(page.tokens, at, end), flat.attrs(index)
    if url := pictures.of_svg(markup, attrs):
        keep_image(page, index, url, attrs.get("alt") or attrs.get("aria-label") or words_of(markup))
    return end


def words_of(markup: str) -> str:
    return " ".join(unescape(_NO_WORDS.sub(" ", markup)).split())


def verbatim(page: Page, at: int, start: Start, parent: int, flags: int) -> int:
    """An element whose content is text whatever it looks like."""
    end, flat, within = closing(page.tokens, at, start.tag), page.flat, flags | start.flags
    index = flat.add(start, head_at(page, at), parent, within)
    if start.tag != "iframe":
        add_words(page, "<".join(page.tokens[at - 1 : end]).partition(">")[2], index, within)
        flat.ends[index] = len(flat.starts)
    page.parted = start.block
    return end


_WAYS = {tags.PASSED: pass_over, tags.HIDDEN: hide, tags.FORMULA: formula, tags.SVG: drawing, tags.VERBATIM: verbatim}


def may_be_twin(page: Page) -> bool:
    """Whether a lazy image was just read, with no words since."""
    flat, last = page.flat, page.pictured[-1] if page.pictured else 0
    return last >= page.last_text and flat.starts[last].tag == "img" and last in flat.images and pictures.is_lazy(flat.attrs(last))


def is_twin(page: Page, at: int, end: int) -> bool:
    """A noscript that only repeats the lazy image just read."""
    inner = page.tokens[at - 1 : end]
    return any(t.startswith("img") for t in inner) and not any(t.partition(">")[2].strip() for t in inner)


def add_image(page: Page, index: int, at: int) -> None:
    flat = page.flat
    attrs, tag = flat.attrs(index), flat.starts[index].tag
    if tag == "img":
        in_picture = flat.starts[flat.parents[index]].tag == "picture"
        url = pictures.source(attrs, page.base, sets_of_picture(page.tokens, at - 2) if in_picture else "")
    elif tag in ("object", "embed"):
        url = pictures.of_object(tag, attrs, page.base)
    else:
        url = pictures.of_background(attrs, page.base)
    if url:
        keep_image(page, index, url, attrs.get("alt") or attrs.get("aria-label") or "")


def sets_of_picture(tokens: list[str], at: int) -> str:
    """The srcsets of the <source>s before an img."""
    found: list[str] = []
    last = max(0, at - MAX_SOURCES)
    while at > last and not tokens[at].startswith("picture"):
        if tokens[at].startswith("source "):
            attrs = attributes(tokens[at].partition(">")[0])
            found.append(attrs.get("srcset") or attrs.get("data-srcset") or "")
        at -= 1
    return ", ".join(filter(None, reversed(found)))


def keep_image(page: Page, index: int, url: str, alt: str) -> None:
    attrs = page.flat.attrs(index)
    width, height = pictures.pixels(attrs.get("width")), pictures.pixels(attrs.get("height"))
    if (width is not None and width <= 1) or (height is not None and height <= 1):
        return  # a tracking pixel
    forget_twin(page, index, alt)
    page.flat.images[index] = Image(url, alt.strip(), (attrs.get("title") or "").strip(), "", width, height, index)
    page.pictured.append(index)
    page.filled.append(index)


def forget_twin(page: Page, index: int, alt: str) -> None:
    """The other order: a noscript's image, then its lazy twin of the same alt or file."""
    flat, last = page.flat, page.pictured[-1] if page.pictured else 0
    if last not in flat.images or flat.starts[flat.parents[last]].tag != "noscript" or last < page.last_text:
        return
    if flat.starts[index].tag == "img" and pictures.is_lazy(flat.attrs(index)) and flat.images[last].alt == alt.strip():
        del flat.images[last]
        page.pictured.pop()


def gather_images(tree: Tree, pictured: list[int]) -> None:
    """Captions, and the page's images in reading order, each URL once."""
    merged: dict[str, Image] = {}
    captions: dict[int, str] = {}  # by what is around several images
    images = tree.flat.images
    for index in pictured:
        if caption := caption_of(tree, index, captions):
            images[index] = replace(images[index], caption=caption)
        merged.setdefault(images[index].url, images[index])
    tree.images = list(merged.values())
    tree.numbers = {url: number for number, url in enumerate(merged, 1)}


def caption_of(tree: Tree, index: int, captions: dict[int, str]) -> str:
    """The figcaption of its figure, or what a class names a caption beside it."""
    flat = tree.flat
    around = flat.parents[index]
    for _ in range(4):
        if around < 0 or flat.starts[around].tag in ("body", "main", "article", "section"):
            return ""
        if around not in captions:
            captions[around] = caption_in(tree, around)
        if captions[around]:
            return captions[around]
        around = flat.parents[around]
    return ""


def caption_in(tree: Tree, around: int) -> str:
    for child in tree.flat.children(around):
        if tree.flat.starts[child].captions:
            return " ".join(below(tree, child).split())[:1000]
    return ""
