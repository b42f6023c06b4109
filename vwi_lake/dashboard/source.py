"""The page that a pair comes from, as the tree reads it: what stands before the pair, the pair, what follows, and the images by number."""

from typing import Any

from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.qa.quotes import letters, place_of, source_of
from vwi_lake.web.charset import decode
from vwi_lake.web.document import Tree, settle, spell
from vwi_lake.web.trees import TreeTooComplex, build_tree

LARGEST = 4_000_000  # characters of HTML read while somebody waits
AROUND = 30_000  # characters shown on either side of the pair
SAME_START = 24  # letters by which a span is recognised


def read_page(lake: Lake, page: dict[str, Any], pair: dict[str, Any]) -> dict[str, Any]:
    """before, marked, after: text as vwi tree shows it, with images as [img3: …]; images: number → sha256."""
    try:
        html = decode(lake.blobs.get(page["body_sha"]), f"text/html; charset={page['charset']}" if page["charset"] else None)
        tree = build_tree(html[:LARGEST], page["final_url"] or page["url"])
    except (VwiError, TreeTooComplex) as error:
        return {"missing": str(error)}
    n = len(tree.flat.starts)
    first, last = span_of(tree, pair) or (n, n)
    return {
        "before": text_of(tree, 0, first, prune=True)[-AROUND:],
        "marked": text_of(tree, first, last, prune=False),
        "after": text_of(tree, last, n, prune=True)[:AROUND],
        "images": files_of(lake, tree),
        "is_located": last > first,
        "missing": None,
    }


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
