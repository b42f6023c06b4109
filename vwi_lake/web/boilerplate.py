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
COMMENTS = frozenset("comment comments commentlist respond disqus".split())
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
        link_end = control_end = skip_end = 0
        for i, node in enumerate(self.nodes):
            tag = node.tag
            if node.boilerplate and i >= skip_end:
                skip_end = node.end
            if tag == "#text" or tag == "math":
                size = len(node.text) if i >= skip_end else 0
                text += size
                if i < link_end:
                    linked += size
                elif i >= control_end:
                    prose += size if size > 30 else size // 3
            elif tag == "a":
                if "href" in node.attrs:
                    link_end = max(link_end, node.end)
                    links += i >= skip_end
            elif tag == "h1":
                titles += 1
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
        if node.tag != "#text" and node.attrs and is_certain(node, measure, everything) or node.role in LANDMARKS or is_page_header(node, measure):
            set_boilerplate(nodes, node)
            i = node.end
        else:
            i += 1


def is_certain(node: Node, measure: Measures, everything: int) -> bool:
    names = node.attrs.get("class"), node.attrs.get("id")
    if not (names[0] or names[1]) or node.tag in ("body", "html", "main", "article", "h1"):
        return False
    found = words(f"{names[0] or ''} {names[1] or ''}")
    if STRONG.isdisjoint(found):
        return False
    prose = measure.of(measure.prose, node)
    return prose < 0.25 * everything and not measure.of(measure.titles, node) and (prose < 600 or measure.density(node) > 0.3)


def is_page_header(node: Node, measure: Measures) -> bool:
    """A banner is the page's only outside sections, and without the title and images of the page."""
    if node.role != "banner" or measure.of(measure.titles, node):
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
        if not node.boilerplate and not is_content_around(node, measure):
            set_boilerplate(nodes, node)
    return core


def is_content_around(node: Node, measure: Measures) -> bool:
    if measure.of(measure.titles, node):
        return True
    return measure.of(measure.prose, node) > 60 and measure.density(node) < 0.2


def mark_link_lists(nodes: list[Node], core: Node, measure: Measures) -> None:
    """Blocks that are mostly links."""
    i = core.index + 1
    while i < core.end:
        node = nodes[i]
        if node.boilerplate:
            i = node.end
        elif node.tag in BLOCKS and measure.of(measure.links, node) >= 3 and measure.density(node) > 0.7 and measure.of(measure.prose, node) < 100:
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
