"""What on a page is not its content: marked, never deleted. Roles, landmarks, words of class and id, link density, the main block."""

import re
from bisect import bisect_left
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
EXEMPT = among("embed embedded navframe navhead navcontent")  # the last three are what folds on MediaWiki, no navigation
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


# flags of a text's surroundings
LINKED, CONTROL, TITLE = 4, 8, 16
Words = list[tuple[int, int, int]]  # of each text: index of its node, length, flags


def mark(nodes: list[Node], title: str, words: Words, links: list[int], suspects: list[Node]) -> None:
    """Set boilerplate on the nodes, a whole subtree at a time."""
    measure = Measures(nodes, " ".join(title.lower().split()), words, links)
    mark_certain(nodes, suspects, measure)
    core = mark_around_core(nodes, measure.of_the_rest())
    mark_link_lists(nodes, core, measure)
    mark_lone_headings(nodes)


class Measures:
    """Sums over any subtree: all characters, those in links, running text, titles.

    Short pieces are labels more than text; a linked h1 is the site's name and counts against.
    """

    def __init__(self, nodes: list[Node], title: str, words: Words, links: list[int]) -> None:
        self.nodes, self.title, self.words, self.links = nodes, title, words, links
        self.at = [index for index, _, _ in words]
        self.text = [0, *accumulate([size for _, size, _ in words])]
        self.linked = [0, *accumulate([size if flags & LINKED else 0 for _, size, flags in words])]
        self.prose = [0, *accumulate([0 if flags & (LINKED | CONTROL) else size if size > 30 else size // 3 for _, size, flags in words])]
        titles = self.in_titles()
        self.titles_at = [index for index, _ in titles]
        self.titles = [0, *accumulate([size for _, size in titles])]
        self.title_at = next((index for index, size in titles if size > 0), 0)

    def in_titles(self) -> list[tuple[int, int]]:
        """What the h1 say; on a page without one, the h2 that says the page's title."""
        found = [word for word in self.words if word[2] & TITLE]
        if not found:
            second = [n for n in self.nodes if n.level == 2 and any(is_title(child, self.title) for child in n.children)]
            if second and not any(n.level == 1 for n in self.nodes):
                flags = inside(second, self.at)
                found = [word for word, is_inside in zip(self.words, flags, strict=True) if is_inside]
        return [(i, -size if flags & LINKED and not is_title(self.nodes[i], self.title) else size) for i, size, flags in found]

    def of_the_rest(self) -> "Measures":
        """The same without what is boilerplate by now."""
        return Measures(self.nodes, self.title, [word for word in self.words if not self.nodes[word[0]].boilerplate], self.links)

    def of(self, sums: list[int], node: Node) -> int:
        at = self.titles_at if sums is self.titles else self.at
        return sums[bisect_left(at, node.end)] - sums[bisect_left(at, node.index)]

    def links_in(self, node: Node) -> int:
        return bisect_left(self.links, node.end) - bisect_left(self.links, node.index)

    def density(self, node: Node) -> float:
        text = self.of(self.text, node)
        return self.of(self.linked, node) / text if text else 0.0


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
    found = 0
    for name in names.split():
        found |= kind(name)
    return found


@lru_cache(65536)
def kind(name: str) -> int:
    found = words(name)
    return sum(
        1 << bit for bit, listed in enumerate((STRONG, COMMENTS, HARD, BYLINES, WEAK, EXEMPT, ASKED)) if not listed.isdisjoint(found)
    )


IS_STRONG, IS_COMMENTS, IS_HARD, IS_BYLINE, IS_WEAK, IS_EXEMPT, IS_ASKED = (1 << bit for bit in range(7))


def kinds_of(node: Node) -> int:
    attrs = node.attrs
    return kinds(attrs.get("class") or "") | kinds(attrs.get("id") or "")


def mark_certain(nodes: list[Node], suspects: list[Node], measure: Measures) -> None:
    """Landmarks, and what its class or id names, unless it holds much of the page's running text."""
    everything = measure.prose[-1]
    done = 0
    for node in suspects:
        if node.index >= done and (
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
            and not kinds_of(node) & (IS_ASKED | IS_EXEMPT)
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
    links = [*measure.links, len(nodes), len(nodes), len(nodes)]
    done = before = 0
    for node in nodes[core.index + 1 : core.end]:
        if node.index < done or node.tag not in BLOCKS:
            continue
        if node.boilerplate:
            done = node.end
            continue
        while links[before] < node.index:
            before += 1
        if links[before + 2] < node.end and measure.density(node) > 0.7 and measure.of(measure.prose, node) < 100:
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
