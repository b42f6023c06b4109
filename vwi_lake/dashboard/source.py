"""The page that a pair comes from, as the tree reads it: what stands before the pair, the pair, what follows, and the images by number."""

from collections.abc import Iterator
from typing import Any

from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.qa.quotes import RUN, letters, place_of, source_of
from vwi_lake.web.charset import decode
from vwi_lake.web.document import Tree, settle, spell
from vwi_lake.web.trees import TreeTooComplex, build_tree

LARGEST = 4_000_000  # characters of HTML read while somebody waits
AROUND = 30_000  # characters shown on either side of what is marked
SAME_START = 24  # letters by which a span is recognised


def read_page(lake: Lake, page: dict[str, Any], pair: dict[str, Any]) -> dict[str, Any]:
    """parts: [kind, text] in reading order, text as vwi tree shows it, kind `pair`, `solution` or null; images: number → sha256."""
    try:
        html = decode(lake.blobs.get(page["body_sha"]), f"text/html; charset={page['charset']}" if page["charset"] else None)
        tree = build_tree(html[:LARGEST], page["final_url"] or page["url"])
    except (VwiError, TreeTooComplex) as error:
        return {"missing": str(error)}
    parts = list(parts_of(tree, spans_of(tree, pair)))
    return {"parts": parts, "images": files_of(lake, tree), "is_located": any(kind == "pair" for kind, _ in parts), "missing": None}


def parts_of(tree: Tree, spans: list[tuple[int, int, str]]) -> Iterator[tuple[str | None, str]]:
    """What is marked, whole, and what stands around it, as far as it is near."""
    reached, n = 0, len(tree.flat.starts)
    for first, last, kind in spans:
        before = text_of(tree, reached, first, prune=True)
        if reached and len(before) > 2 * AROUND:
            before = f"{before[:AROUND]}\n…\n{before[-AROUND:]}"
        yield None, before if reached else before[-AROUND:]
        yield kind, text_of(tree, first, last, prune=False)
        reached = last
    yield None, text_of(tree, reached, n, prune=True)[:AROUND]


def spans_of(tree: Tree, pair: dict[str, Any]) -> list[tuple[int, int, str]]:
    """First and last node of the pair, and of its solution where that stands elsewhere, in the page's order."""
    found = span_of(tree, pair)
    spans = [(*found, "pair")] if found else []
    told = letters(pair["solution"] or "")[:SAME_START]
    if len(told) >= RUN and told not in letters(text_of(tree, *found, prune=False) if found else ""):
        source = source_of(tree)
        place = place_of(pair["solution"], source) if told in source.text else None
        if place and not (found and place[0] < found[1] and found[0] < place[1]):
            spans.append((*place, "solution"))
    return sorted(spans)


def text_of(tree: Tree, start: int, stop: int, prune: bool) -> str:
    return settle(spell(tree, start, stop, prune, marks=True))


def span_of(tree: Tree, pair: dict[str, Any]) -> tuple[int, int] | None:
    """The nodes noted with the pair; where the page is read otherwise since, those that say what it says."""
    first, last = pair["first_node"], pair["last_node"]
    asked = pair["question"] or ""
    noted = first is not None and last is not None and 0 <= first < last <= len(tree.flat.starts)
    if noted and letters(asked)[:SAME_START] in letters(text_of(tree, first, last, prune=False)):
        return first, last
    found = place_of(asked, source_of(tree))
    return found or ((first, last) if noted else None)


def files_of(lake: Lake, tree: Tree) -> dict[int, str]:
    found = lake.look(
        "select image_url, any_value(sha256) as sha256 from silver.images where list_contains($1, image_url) group by image_url",
        [list(tree.numbers)],
    )
    return {tree.numbers[url]: sha for url, sha in found.rows()}
