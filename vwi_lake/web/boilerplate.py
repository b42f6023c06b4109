"""What on a page is not its content: marked, never deleted. Roles, landmarks, words of class and id, link density, the main block."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from vwi_lake.web.document import BLOCKS, Node
from vwi_lake.web.folding import words
from vwi_lake.web.wordlists import among

LANDMARKS = among("navigation contentinfo search menu menubar toolbar tablist alertdialog")
# words of a class or id, whole: 'site-footer' holds 'footer', 'thread-12' holds no 'ad'
STRONG = among(
    """
    nav navbar navigation menu submenu breadcrumb breadcrumbs sidebar footer cookie cookies consent gdpr share sharing shareable social
    related recommended recommendations recirc recirculation newsletter subscribe subscription signup login promo promoted sponsored
    sponsor advert advertisement ads ad adsense adunit popular trending pagination pager tagcloud masthead copyright paywall disqus
    outbrain taboola widget widgets toolbar teaser teasers mostread readmore upsell ticker addthis sharedaddy jp-relatedposts
    """
)
# boilerplate on a page that has an article beside it
COMMENTS = frozenset(["comments", "commentlist", "respond", "disqus"])
# boilerplate around the main block, or where links prevail; inside it these may be anything
WEAK = among(
    """
    more rail aside recent latest next prev previous trending stories carousel swiper drawer offcanvas canvas card cards hub
    """
)
# however much of a short page's text they hold
HARD = among(
    """
    footer nav navbar navigation menu breadcrumb breadcrumbs cookie cookies gdpr newsletter copyright masthead site-header topbar
    megamenu mega-menu
    """
)
BYLINES = among(
    """
    byline author-bio author-box post-author article-author about-author entry-meta post-meta article-meta print-header
    """
)
EXEMPT = frozenset(("embed", "embedded"))
ASKED = among(
    """
    question questions answer answers problem problems exercise exercises solution solutions quiz
    """
)
_NOTICE = re.compile(r"\bcookies?\b|©|\bcopyright\b|\ball rights reserved\b", re.I)
CONTROLS = frozenset(("button", "select", "option", "label", "textarea", "input"))
KEPT = frozenset(("body", "html", "main", "article", "h1"))
SECTIONS = frozenset(("main", "article", "section", "aside", "li", "td"))
MARKED = LANDMARKS | {"banner"}
MIN_MASS = 140  # characters of running text; a page with less has no main block to tell from the rest
CORE = 0.8  # the main block holds at least this share of the running text


def mark(nodes: list[Node], title: str = "") -> None:
    """Set boilerplate on the nodes, a whole subtree at a time."""
    measure = measured(nodes, " ".join(title.lower().split()))
    mark_certain(nodes, measure)
    core = mark_around_core(nodes, measure.of_the_rest())
    mark_link_lists(nodes, core, measure)
    mark_lone_headings(nodes)


@dataclass(slots=True)
class Piece:
    """A text node's weights; short pieces are labels more than text, a linked h1 is the site's name and counts against."""

    node: Node
    size: int
    linked: int
    prose: int
    title: int


class Measures:
    """Sums over any subtree, from one pass over the text nodes: all characters, those in links, running text, titles."""

    def __init__(self, nodes: list[Node], links: list[int], pieces: list[Piece]) -> None:
        self.nodes, self.links, self.pieces = nodes, links, pieces
        self.at = [piece.node.index for piece in pieces]
        self.text = [0, *accumulate([piece.size for piece in pieces])]
        self.linked = [0, *accumulate([piece.linked for piece in pieces])]
        self.prose = [0, *accumulate([piece.prose for piece in pieces])]
        self.titles = [0, *accumulate([piece.title for piece in pieces])]
        self.title_at = next((piece.node.index for piece in pieces if piece.title > 0), 0)

    def of_the_rest(self) -> "Measures":
        """The same without what is boilerplate by now."""
        return Measures(self.nodes, self.links, [piece for piece in self.pieces if not piece.node.boilerplate])

    def of(self, sums: list[int], node: Node) -> int:
        return sums[bisect_left(self.at, node.end)] - sums[bisect_left(self.at, node.index)]

    def links_in(self, node: Node) -> int:
        return bisect_left(self.links, node.end) - bisect_left(self.links, node.index)

    def density(self, node: Node) -> float:
        text = self.of(self.text, node)
        return self.of(self.linked, node) / text if text else 0.0


def measured(nodes: list[Node], title: str) -> Measures:
    anchors = [node for node in nodes if node.tag == "a" and "href" in node.attrs]
    texts = [node for node in nodes if node.tag in ("#text", "math")]
    at = [node.index for node in texts]
    controls = [node for node in nodes if node.tag in CONTROLS]
    flags = zip(texts, inside(anchors, at), inside(controls, at), inside(headings(nodes, title), at), strict=True)
    pieces = []
    for node, linked, control, titled in flags:
        size = len(node.text)
        prose = 0 if linked or control else size if size > 30 else size // 3
        said = (-size if linked and not is_title(node, title) else size) if titled else 0
        pieces.append(Piece(node, size, size if linked else 0, prose, said))
    return Measures(nodes, [node.index for node in anchors], pieces)


def headings(nodes: list[Node], title: str) -> list[Node]:
    """The h1; on a page without one, the h2 that says the page's title."""
    found = [node for node in nodes if node.level == 1]
    return found or [node for node in nodes if node.level == 2 and any(is_title(child, title) for child in node.children)]


def is_title(node: Node, title: str) -> bool:
    return len(node.text) > 10 and title.startswith(" ".join(node.text.lower().split()))


def inside(found: list[Node], at: list[int]) -> list[bool]:
    """For each position whether it lies in one of these nodes; both in document order."""
    flags = []
    k = end = 0
    for index in at:
        while k < len(found) and found[k].index < index:
            end = max(end, found[k].end)
            k += 1
        flags.append(index < end)
    return flags


def set_boilerplate(nodes: list[Node], node: Node) -> None:
    for inner in nodes[node.index : node.end]:
        inner.boilerplate = True


@lru_cache(65536)
def kinds(names: str) -> int:
    """Which of the lists of words these class or id names are in, as bits."""
    found = words(names)
    return sum(
        1 << bit for bit, listed in enumerate((STRONG, COMMENTS, HARD, BYLINES, WEAK, EXEMPT, ASKED)) if not listed.isdisjoint(found)
    )


IS_STRONG, IS_COMMENTS, IS_HARD, IS_BYLINE, IS_WEAK, IS_EXEMPT, IS_ASKED = (1 << bit for bit in range(7))


def kinds_of(node: Node) -> int:
    attrs = node.attrs
    return kinds(attrs.get("class") or "") | kinds(attrs.get("id") or "")


def mark_certain(nodes: list[Node], measure: Measures) -> None:
    """Landmarks, and what its class or id names, unless it holds much of the page's running text."""
    everything = measure.prose[-1]
    done = 0
    for node in nodes:
        if node.index < done or not (node.attrs or node.role in MARKED or node.tag in ("noscript", "form")):
            continue
        if (
            node.role in LANDMARKS
            or (node.role == "banner" and is_page_header(node, measure))
            or is_certain(node, measure, everything)
            or is_request(node, measure)
        ):
            set_boilerplate(nodes, node)
            done = node.end


def is_certain(node: Node, measure: Measures, everything: int) -> bool:
    kind = kinds_of(node)
    if not kind & ~(IS_EXEMPT | IS_ASKED) or kind & IS_EXEMPT or node.tag in KEPT:
        return False
    if measure.of(measure.titles, node) > 0:
        return False
    prose = measure.of(measure.prose, node)
    if kind & IS_COMMENTS:
        return everything - prose > 600
    if kind & (IS_HARD | IS_BYLINE) and prose < (max(800, 0.15 * everything) if kind & IS_HARD else 300):
        return True
    if kind & IS_STRONG:
        return prose < 0.25 * everything and (prose < 600 or measure.density(node) > 0.3 or is_teasers(node, measure))
    return prose < 0.4 * everything and is_teasers(node, measure)


def is_teasers(node: Node, measure: Measures) -> bool:
    """A list of links, each with a few lines."""
    links = measure.links_in(node)
    return links > 3 and measure.of(measure.prose, node) < 150 * links


def is_request(node: Node, measure: Measures) -> bool:
    """A form for an address or a password, and what a page says without scripts."""
    if node.tag not in ("noscript", "form") or measure.of(measure.prose, node) > 400:
        return False
    inner = measure.nodes[node.index + 1 : node.end]
    if node.tag == "noscript":
        return not any(other.image for other in inner)
    return any(other.tag == "input" and other.attrs.get("type") in ("email", "password", "search") for other in inner)


def is_page_header(node: Node, measure: Measures) -> bool:
    """A banner is the page's only outside sections, and without the title of the page."""
    if measure.of(measure.titles, node) > 0:
        return False
    around = node.parent
    while around:
        if around.tag in SECTIONS:
            return False
        around = around.parent
    return True


def mark_around_core(nodes: list[Node], measure: Measures) -> Node:
    """Descend to the smallest block with most of the running text; around it only titles and prose are content."""
    core = nodes[0]
    everything = measure.prose[-1]
    if everything < MIN_MASS:
        return core
    outside: list[Node] = []
    while core.children:
        blocks = [child for child in core.children if child.tag in BLOCKS]
        heaviest = max(blocks, key=lambda child: measure.of(measure.prose, child), default=core)
        if heaviest is core or measure.of(measure.prose, heaviest) < CORE * everything:
            break
        outside += [child for child in core.children if child is not heaviest]
        core = heaviest
    for node in outside:
        if (
            not node.boilerplate
            and not kinds_of(node) & IS_ASKED
            and not (is_lead(node, measure) if node.index < core.index else is_content_after(node, measure))
        ):
            set_boilerplate(nodes, node)
    return core


def is_lead(node: Node, measure: Measures) -> bool:
    """Before the main block: titles, and text that runs; a question stands before its answers."""
    if measure.of(measure.titles, node) > 0:
        return True
    if measure.title_at >= node.end and is_teasers(node, measure):
        return False  # above the title
    return (measure.of(measure.prose, node) > 200 and measure.density(node) < 0.35) or is_content_after(node, measure)


def is_content_after(node: Node, measure: Measures) -> bool:
    """After the main block: text that runs, is no list of teasers and no notice of cookies or rights."""
    prose = measure.of(measure.prose, node)
    if prose <= 60 or measure.density(node) > 0.2 or is_teasers(node, measure):
        return False
    if node.role == "complementary" or kinds_of(node) & IS_WEAK:
        return False
    return prose > 1000 or not any(_NOTICE.search(inner.text) for inner in measure.nodes[node.index : node.end])


def mark_link_lists(nodes: list[Node], core: Node, measure: Measures) -> None:
    """Blocks that are mostly links."""
    done = 0
    for node in nodes[core.index + 1 : core.end]:
        if node.index < done or node.tag not in BLOCKS:
            continue
        if node.boilerplate:
            done = node.end
        elif measure.links_in(node) >= 3 and measure.density(node) > 0.7 and measure.of(measure.prose, node) < 100:
            set_boilerplate(nodes, node)
            done = node.end


def mark_lone_headings(nodes: list[Node]) -> None:
    """A heading whose whole section is boilerplate is part of it."""
    for node in nodes:
        if node.level and not node.boilerplate and node.parent and node.level > 1:
            siblings = node.parent.children
            after = siblings[siblings.index(node) + 1 :]
            if any(s.tag != "#text" for s in after) and all(s.boilerplate or (s.tag == "#text" and not s.text.strip()) for s in after):
                set_boilerplate(nodes, node)
