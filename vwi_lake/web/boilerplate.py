"""What on a page is not its content: marked, never deleted. Roles, landmarks, words of class and id, link density, the main block."""

import re
from bisect import bisect_left
from itertools import accumulate, compress

from vwi_lake.web import figures
from vwi_lake.web.flat import CONTROL, FORMULA_, LINKED, TITLE, WORDS, Flat
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
    more rail aside recent latest next prev previous trending stories carousel swiper slider slideshow drawer offcanvas canvas card cards
    hub
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


def mark(flat: Flat, title: str) -> None:
    """Set boilerplate on the nodes, a whole subtree at a time."""
    flat.boilerplate = bytearray(len(flat.starts))
    measure = Measures(flat, " ".join(title.lower().split()))
    mark_certain(flat, measure)
    core, beside = mark_around_core(flat, measure.of_the_rest())
    mark_link_lists(flat, core, measure)
    mark_lone_headings(flat)
    figures.mark(flat, beside)


Sizes = tuple[list[int], list[int], list[int], list[int]]


def sizes_of(flat: Flat) -> Sizes:
    """Of each text: where it is, its characters, those in links, those that run."""
    text = [len(flat.said[i]) for i in flat.words]
    around = [flat.flags[i] & (LINKED | CONTROL) for i in flat.words]
    linked = [size if flag & LINKED else 0 for size, flag in zip(text, around, strict=True)]
    prose = [0 if flag else size if size > 30 else size // 3 for size, flag in zip(text, around, strict=True)]
    return flat.words, text, linked, prose


class Measures:
    """Sums over any subtree: all characters, those in links, running text, titles.

    Short pieces are labels more than text; a linked h1 is the site's name and counts against.
    """

    def __init__(self, flat: Flat, title: str, sizes: "Sizes | None" = None) -> None:
        self.flat, self.title, self.links = flat, title, flat.links
        self.sizes = sizes or sizes_of(flat)
        self.at, text, linked, prose = self.sizes
        self.text, self.linked, self.prose = [0, *accumulate(text)], [0, *accumulate(linked)], [0, *accumulate(prose)]
        titles = self.in_titles()
        self.titles_at = [index for index, _ in titles]
        self.titles = [0, *accumulate([size for _, size in titles])]
        self.title_at = next((index for index, size in titles if size > 0), 0)

    def in_titles(self) -> list[tuple[int, int]]:
        """What the h1 say; on a page without one, the h2 that says the page's title."""
        flat = self.flat
        starts, flags, said = flat.starts, flat.flags, flat.said
        found = [i for i in self.at if flags[i] & TITLE]
        if not found and not any(starts[i].level == 1 for i in flat.headings):
            second = [
                i for i in flat.headings if starts[i].level == 2 and any(is_title(flat, child, self.title) for child in flat.children(i))
            ]
            found = [i for i, is_inside in zip(self.at, inside(flat, second, self.at), strict=True) if is_inside] if second else []
        return [(i, -len(said[i]) if flags[i] & LINKED and not is_title(flat, i, self.title) else len(said[i])) for i in found]

    def of_the_rest(self) -> "Measures":
        """The same without what is boilerplate by now."""
        boilerplate = self.flat.boilerplate
        if 1 not in boilerplate:
            return self
        kept = [not boilerplate[i] for i in self.at]
        at, text, linked, prose = ([*compress(column, kept)] for column in self.sizes)
        return Measures(self.flat, self.title, (at, text, linked, prose))

    def of(self, sums: list[int], node: int) -> int:
        at = self.titles_at if sums is self.titles else self.at
        return sums[bisect_left(at, self.flat.ends[node])] - sums[bisect_left(at, node)]

    def links_in(self, node: int) -> int:
        return bisect_left(self.links, self.flat.ends[node]) - bisect_left(self.links, node)

    def density(self, node: int) -> float:
        text = self.of(self.text, node)
        return self.of(self.linked, node) / text if text else 0.0


def is_title(flat: Flat, node: int, title: str) -> bool:
    said = flat.said[node] if flat.starts[node].spelt in (WORDS, FORMULA_) else ""
    return len(said) > 10 and title.startswith(" ".join(said.lower().split()))


def inside(flat: Flat, found: list[int], at: list[int]) -> list[bool]:
    """For each position whether it lies in one of these nodes; both in document order."""
    flags = []
    k = end = 0
    for index in at:
        while k < len(found) and found[k] < index:
            end = max(end, flat.ends[found[k]])
            k += 1
        flags.append(index < end)
    return flags


def set_boilerplate(flat: Flat, node: int) -> None:
    end = flat.ends[node]
    flat.boilerplate[node:end] = b"\1" * (end - node)


IS_STRONG, IS_COMMENTS, IS_HARD, IS_BYLINE, IS_WEAK, IS_EXEMPT, IS_ASKED = (1 << bit for bit in range(7))
LISTED: dict[str, int] = {}  # word -> the lists it is in, as bits
for _bit, _words in enumerate((STRONG, COMMENTS, HARD, BYLINES, WEAK, EXEMPT, ASKED)):
    for _word in _words:
        LISTED[_word] = LISTED.get(_word, 0) | 1 << _bit


def mark_certain(flat: Flat, measure: Measures) -> None:
    """Landmarks, and what its class or id names, unless it holds much of the page's running text."""
    everything = measure.prose[-1]
    done = 0
    for node in flat.suspects:
        if node < done:
            continue
        role = flat.starts[node].role
        if (
            role in LANDMARKS
            or (role == "banner" and is_page_header(flat, node, measure))
            or is_certain(flat, node, measure, everything)
            or is_request(flat, node, measure)
        ):
            set_boilerplate(flat, node)
            done = flat.ends[node]


def is_certain(flat: Flat, node: int, measure: Measures, everything: int) -> bool:
    start = flat.starts[node]
    kind = start.kinds
    if not kind & ~(IS_EXEMPT | IS_ASKED) or kind & IS_EXEMPT or start.tag in KEPT or (start.level and is_in_article(flat, node)):
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


def is_in_article(flat: Flat, node: int) -> bool:
    """Is a heading the page's own, by whatever class: "anchorWithStickyNavbar"?"""
    while node > 0 and flat.starts[node].tag not in ("article", "main"):
        node = flat.parents[node]
    return node > 0


def is_teasers(node: int, measure: Measures) -> bool:
    """A list of links, each with a few lines."""
    links = measure.links_in(node)
    return links > 3 and measure.of(measure.prose, node) < 150 * links


def is_request(flat: Flat, node: int, measure: Measures) -> bool:
    """A form for an address or a password, and what a page says without scripts."""
    tag = flat.starts[node].tag
    if tag not in ("noscript", "form") or measure.of(measure.prose, node) > 400:
        return False
    inner = range(node + 1, flat.ends[node])
    if tag == "noscript":
        return not any(i in flat.images for i in inner)
    return any(flat.starts[i].tag == "input" and flat.attrs(i).get("type") in ("email", "password", "search") for i in inner)


def is_page_header(flat: Flat, node: int, measure: Measures) -> bool:
    """A banner is the page's only outside sections, and without the title of the page."""
    if measure.of(measure.titles, node) > 0:
        return False
    around = flat.parents[node]
    while around > 0:
        if flat.starts[around].tag in SECTIONS:
            return False
        around = flat.parents[around]
    return True


def mark_around_core(flat: Flat, measure: Measures) -> tuple[int, list[int]]:
    """Descend to the smallest block with most of the running text; around it only titles and prose are content.

    Returns that block, and the marked pictures that stand in one article with it: its figures perhaps.
    """
    core = 0
    beside: list[int] = []
    starts, everything = flat.starts, measure.prose[-1]
    if everything < MIN_MASS:
        return core, beside
    outside: list[int] = []
    while children := list(flat.children(core)):
        blocks = [child for child in children if starts[child].block]
        heaviest = max(blocks, key=lambda child: measure.of(measure.prose, child), default=core)
        if heaviest == core or measure.of(measure.prose, heaviest) < CORE * everything:
            break
        outside += [child for child in children if child != heaviest]
        core = heaviest
    for node in outside:
        if (
            not flat.boilerplate[node]
            and not starts[node].kinds & (IS_ASKED | IS_EXEMPT)
            and not (is_lead(flat, node, measure) if node < core else is_content_after(flat, node, measure))
        ):
            if is_beside(flat, node, core, measure):
                beside += [i for i in range(node, flat.ends[node]) if i in flat.images and not flat.boilerplate[i]]
            set_boilerplate(flat, node)
    return core, beside


def is_beside(flat: Flat, node: int, core: int, measure: Measures) -> bool:
    """In one article with the main block: within the smallest element that holds the page's title and it."""
    around, start = flat.parents[node], flat.starts[node]
    if around < 0 or start.role == "complementary" or start.kinds & IS_WEAK or is_teasers(node, measure):
        return False
    title = measure.title_at
    if not 0 < title < core:
        return False
    return not any(child <= title < flat.ends[child] and child <= core < flat.ends[child] for child in flat.children(around))


def is_lead(flat: Flat, node: int, measure: Measures) -> bool:
    """Before the main block: titles, and text that runs; a question stands before its answers."""
    if measure.of(measure.titles, node) > 0:
        return True
    if measure.title_at >= flat.ends[node] and is_teasers(node, measure):
        return False  # above the title
    return (measure.of(measure.prose, node) > 200 and measure.density(node) < 0.35) or is_content_after(flat, node, measure)


def is_content_after(flat: Flat, node: int, measure: Measures) -> bool:
    """After the main block: text that runs, is no list of teasers and no notice of cookies or rights."""
    prose = measure.of(measure.prose, node)
    if prose <= 60 or measure.density(node) > 0.2 or is_teasers(node, measure):
        return False
    if flat.starts[node].role == "complementary" or flat.starts[node].kinds & IS_WEAK:
        return False
    words = flat.words[bisect_left(flat.words, node) : bisect_left(flat.words, flat.ends[node])]
    return prose > 1000 or not any(_NOTICE.search(flat.said[i]) for i in words)


def mark_link_lists(flat: Flat, core: int, measure: Measures) -> None:
    """Blocks that are mostly links."""
    ends, boilerplate, end = flat.ends, flat.boilerplate, len(flat.starts)
    links = [*measure.links, end, end, end]
    done = before = 0
    for node in [i for i, start in enumerate(flat.starts[core + 1 : ends[core]], core + 1) if start.block]:
        if node < done:
            continue
        if boilerplate[node]:
            done = ends[node]
            continue
        while links[before] < node:
            before += 1
        if links[before + 2] < ends[node] and measure.density(node) > 0.7 and measure.of(measure.prose, node) < 100:
            set_boilerplate(flat, node)
            done = ends[node]


def mark_lone_headings(flat: Flat) -> None:
    """A heading whose whole section is boilerplate is part of it."""
    starts, ends, boilerplate = flat.starts, flat.ends, flat.boilerplate
    for node in flat.headings:
        if boilerplate[node] or starts[node].level == 1:
            continue
        child, end, found = ends[node], ends[flat.parents[node]], False
        while child < end:
            is_text = starts[child].spelt == WORDS
            if not (boilerplate[child] or (is_text and not flat.said[child].strip())):
                break
            found = found or not is_text
            child = ends[child]
        else:
            if found:
                set_boilerplate(flat, node)
