"""What on a page is not its content: marked, never deleted. Roles, landmarks, words of class and id, link density, the main block."""

import re
from functools import lru_cache

from vwi_lake.web.document import BLOCKS, Node

LANDMARKS = frozenset(("navigation", "contentinfo", "search", "menu", "menubar", "toolbar", "tablist", "alertdialog"))
# words of a class or id, whole: 'site-footer' holds 'footer', 'thread-12' holds no 'ad'
STRONG = frozenset(
    "nav navbar navigation menu submenu breadcrumb breadcrumbs sidebar footer cookie cookies consent gdpr share sharing shareable social "
    "related recommended recommendations recirc recirculation newsletter subscribe subscription signup login promo promoted sponsored "
    "sponsor advert advertisement ads ad adsense adunit popular trending pagination pager tagcloud masthead copyright paywall disqus "
    "outbrain taboola widget widgets toolbar teaser teasers mostread readmore upsell ticker addthis sharedaddy jp-relatedposts".split()
)
# boilerplate on a page that has an article beside it
COMMENTS = frozenset("comments commentlist respond disqus".split())
# boilerplate around the main block, or where links prevail; inside it these may be anything
WEAK = frozenset(
    "more rail aside recent latest next prev previous trending stories carousel swiper drawer offcanvas canvas card cards hub".split()
)
# however much of a short page's text they hold
HARD = frozenset("footer nav navbar navigation menu breadcrumb breadcrumbs cookie cookies gdpr newsletter copyright masthead".split())
BYLINES = frozenset(
    "byline author-bio author-box post-author article-author about-author entry-meta post-meta article-meta print-header".split()
)
EXEMPT = frozenset(("embed", "embedded"))
_COOKIES = re.compile(r"\bcookies?\b|\bCookies?\b|\bCOOKIES?\b")
CONTROLS = frozenset(("button", "select", "option", "label", "textarea", "input"))
_WORD = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")
MIN_MASS = 140  # characters of running text; a page with less has no main block to tell from the rest
CORE = 0.8  # the main block holds at least this share of the running text


def mark(nodes: list[Node]) -> None:
    """Set boilerplate on the nodes, a whole subtree at a time."""
    measure = Measures(nodes)
    mark_certain(nodes, measure)
    core = mark_around_core(nodes, measure.without_boilerplate())
    mark_link_lists(nodes, core, measure)
    mark_lone_headings(nodes)


class Measures:
    """Sums over any subtree in constant time: characters, characters in links, links, running text."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.text, self.linked, self.links, self.prose, self.titles = ([0] for _ in range(5))
        self.add_up()

    def add_up(self) -> None:
        text = linked = links = prose = titles = 0
        link_end = control_end = skip_end = title_end = 0
        for i, node in enumerate(self.nodes):
            tag = node.tag
            if node.boilerplate and i >= skip_end:
                skip_end = node.end
            if tag == "#text" or tag == "math":
                size = len(node.text) if i >= skip_end else 0
                text += size
                if i < link_end:
                    linked += size
                    titles -= size if i < title_end else 0  # a linked h1 is the site's name
                elif i >= control_end:
                    titles += size if i < title_end else 0
                    prose += size if size > 30 else size // 3
            elif tag == "a":
                if "href" in node.attrs:
                    link_end = max(link_end, node.end)
                    links += i >= skip_end
            elif tag == "h1":
                title_end = node.end
            elif tag == "h2" and not titles:
                title_end = node.end  # a page without an h1 has its title here
            elif tag in CONTROLS:
                control_end = max(control_end, node.end)
            self.text.append(text)
            self.linked.append(linked)
            self.links.append(links)
            self.prose.append(prose)
            self.titles.append(titles)

    def without_boilerplate(self) -> "Measures":
        return Measures(self.nodes)

    def of(self, sums: list[int], node: Node) -> int:
        return sums[node.end] - sums[node.index]

    def density(self, node: Node) -> float:
        text = self.of(self.text, node)
        return self.of(self.linked, node) / text if text else 0.0


def set_boilerplate(nodes: list[Node], node: Node) -> None:
    for inner in nodes[node.index : node.end]:
        inner.boilerplate = True


@lru_cache(65536)
def words(names: str) -> frozenset[str]:
    """The words of class and id names: whole tokens, and their parts at '-', '_' and capitals."""
    found = set(names.lower().split())
    found.update(part.lower() for part in _WORD.findall(names))
    return frozenset(found)


def mark_certain(nodes: list[Node], measure: Measures) -> None:
    """Landmarks, and what its class or id names, unless it holds much of the page's running text."""
    everything = measure.prose[-1]
    i = 0
    while i < len(nodes):
        node = nodes[i]
        if (
            node.tag != "#text"
            and node.attrs
            and is_certain(node, measure, everything)
            or node.role in LANDMARKS
            or is_page_header(node, measure)
        ):
            set_boilerplate(nodes, node)
            i = node.end
        else:
            i += 1


def is_certain(node: Node, measure: Measures, everything: int) -> bool:
    names = node.attrs.get("class"), node.attrs.get("id")
    if not (names[0] or names[1]) or node.tag in ("body", "html", "main", "article", "h1"):
        return False
    found = words(f"{names[0] or ''} {names[1] or ''}")
    if STRONG.isdisjoint(found) and COMMENTS.isdisjoint(found) and BYLINES.isdisjoint(found) or not EXEMPT.isdisjoint(found):
        return False
    if measure.of(measure.titles, node) > 0:
        return False
    prose = measure.of(measure.prose, node)
    if not COMMENTS.isdisjoint(found):
        return everything - prose > 600
    if not HARD.isdisjoint(found) and prose < 800:
        return True
    if not BYLINES.isdisjoint(found):
        return prose < 300
    return prose < 0.25 * everything and (prose < 600 or measure.density(node) > 0.3)


def is_page_header(node: Node, measure: Measures) -> bool:
    """A banner is the page's only outside sections, and without the title and images of the page."""
    if node.role != "banner" or measure.of(measure.titles, node) > 0:
        return False
    around = node.parent
    while around:
        if around.tag in ("main", "article", "section", "aside", "li", "td"):
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
        heaviest = max(core.children, key=lambda child: measure.of(measure.prose, child))
        if measure.of(measure.prose, heaviest) < CORE * everything or heaviest.tag not in BLOCKS:
            break
        outside += [child for child in core.children if child is not heaviest]
        core = heaviest
    for node in outside:
        if not node.boilerplate and not (is_lead(node, measure) if node.index < core.index else is_content_after(node, measure)):
            set_boilerplate(nodes, node)
    return core


def is_lead(node: Node, measure: Measures) -> bool:
    """Before the main block: titles, and text that runs; a question stands before its answers."""
    prose = measure.of(measure.prose, node)
    if measure.of(measure.titles, node) > 0 or (prose > 200 and measure.density(node) < 0.35):
        return True
    return is_content_after(node, measure)


def is_content_after(node: Node, measure: Measures) -> bool:
    """After the main block: text that runs, is no list of teasers and no cookie notice."""
    prose, links = measure.of(measure.prose, node), measure.of(measure.links, node)
    if prose <= 60 or measure.density(node) > 0.2 or (links > 3 and prose < 150 * links):
        return False
    names = words(f"{node.attrs.get('class') or ''} {node.attrs.get('id') or ''}") if node.attrs else frozenset()
    if node.role == "complementary" or not WEAK.isdisjoint(names):
        return False
    return prose > 1000 or not any(_COOKIES.search(inner.text) for inner in measure.nodes[node.index : node.end])


def mark_link_lists(nodes: list[Node], core: Node, measure: Measures) -> None:
    """Blocks that are mostly links."""
    i = core.index + 1
    while i < core.end:
        node = nodes[i]
        if node.boilerplate:
            i = node.end
        elif (
            node.tag in BLOCKS
            and measure.of(measure.links, node) >= 3
            and measure.density(node) > 0.7
            and measure.of(measure.prose, node) < 100
        ):
            set_boilerplate(nodes, node)
            i = node.end
        else:
            i += 1


def mark_lone_headings(nodes: list[Node]) -> None:
    """A heading whose whole section is boilerplate is part of it."""
    for node in nodes:
        if node.level and not node.boilerplate and node.parent and node.level > 1:
            siblings = node.parent.children
            after = siblings[siblings.index(node) + 1 :]
            if any(s.tag != "#text" for s in after) and all(s.boilerplate or (s.tag == "#text" and not s.text.strip()) for s in after):
                set_boilerplate(nodes, node)
