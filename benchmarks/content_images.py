"""Recall and precision of a page's content images: those of the tree that stand in its main content.

    python benchmarks/content_images.py ../shared/corpus labels.jsonl

Each line of labels.jsonl names a page by its `url` in the corpus' manifest and lists, in `images`, the absolute URLs of what a reader would
call its content: figures, photographs, diagrams, formulas as pictures; no logos, icons, avatars, teasers, advertisements. A list in place
of a URL holds one image's sizes, any of which is right. What `doubtful` lists counts neither way; `"partial": true` marks a list that is
known to lack some: such a page counts for recall only. Labels name the pages' hosts and stay outside the project.

An image counts once a page. A formula's image that the tree gives as LaTeX counts where the formula stands; `--images` leaves these out.
Pictures inside the page (`data:`, inline SVG) have no URL to label and are counted apart.
"""

import argparse
import json
from pathlib import Path
from urllib.parse import unquote

from vwi_lake.web.charset import decode
from vwi_lake.web.pictures import source
from vwi_lake.web.trees import build_tree

Sizes = frozenset[str]  # the URLs of one image


def content_images(html: str, url: str, formulas: bool) -> tuple[set[str], int]:
    """URLs of images in the main content, and how many lie inside the page."""
    tree = build_tree(html, url)
    urls = [image.url for image in tree.images if not tree.nodes[image.node].boilerplate]
    if formulas:
        urls += [source(node.attrs, url) for node in tree.nodes if node.tag == "math" and "src" in node.attrs and not node.boilerplate]
    return {unquote(url) for url in urls if not url.startswith("data:")}, sum(url.startswith("data:") for url in urls)


def labelled(entries: list[str | list[str]]) -> set[Sizes]:
    listed = [[entry] if isinstance(entry, str) else entry for entry in entries]
    return {frozenset(map(unquote, sizes)) for sizes in listed if not sizes[0].startswith("data:")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--images", action="store_true", help="leave out images that the tree gives as formulas")
    options = parser.parse_args()
    files = {row["url"]: row["file"] for row in map(json.loads, (options.corpus / "manifest.jsonl").read_text().splitlines())}
    found = wanted = right = listed = inside = 0
    for row in map(json.loads, options.labels.read_text().splitlines()):
        got, n = content_images(decode((options.corpus / files[row["url"]]).read_bytes(), None), row["url"], not options.images)
        want, doubtful = labelled(row["images"]), labelled(row.get("doubtful", []))
        missed = {sizes for sizes in want if sizes.isdisjoint(got)}
        wrong = got.difference(*want, *doubtful) if not row.get("partial") else set[str]()
        hits = len(want) - len(missed)
        found, wanted, inside = found + hits, wanted + len(want), inside + n
        if not row.get("partial"):
            right, listed = right + hits, listed + hits + len(wrong)
        for sizes in sorted(map(min, missed)):
            print(f"missed on {row['url']}: {sizes}")
        for url in sorted(wrong):
            print(f"too much on {row['url']}: {url}")
    print(f"recall {found}/{wanted} = {found / max(1, wanted):.4f}; precision {right}/{listed} = {right / max(1, listed):.4f}")
    print(f"{inside} pictures inside the pages taken for content")


if __name__ == "__main__":
    main()
