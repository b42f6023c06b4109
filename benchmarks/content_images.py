"""Recall and precision of a page's content images: those of the tree that stand in its main content.

    python benchmarks/content_images.py ../shared/corpus labels.jsonl

Each line of labels.jsonl names a page by its `url` in the corpus' manifest and lists, in `images`, the absolute URLs of what a reader would
call its content: figures, photographs, diagrams, formulas as pictures; no logos, icons, avatars, teasers, advertisements. Labels name the
pages' hosts and stay outside the project. `data:` URLs are left out on both sides. `"partial": true` marks a list that is known to lack
some: such a page counts for recall only.
"""

import argparse
import json
from pathlib import Path
from urllib.parse import unquote

from vwi_lake.web.charset import decode
from vwi_lake.web.trees import build_tree


def content_images(html: str, url: str) -> set[str]:
    tree = build_tree(html, url)
    return {unquote(image.url) for image in tree.images if not tree.nodes[image.node].boilerplate and not image.url.startswith("data:")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("labels", type=Path)
    options = parser.parse_args()
    files = {row["url"]: row["file"] for row in map(json.loads, (options.corpus / "manifest.jsonl").read_text().splitlines())}
    found = wanted = right = listed = 0
    for row in map(json.loads, options.labels.read_text().splitlines()):
        got = content_images(decode((options.corpus / files[row["url"]]).read_bytes(), None), row["url"])
        want = {unquote(url) for url in row["images"] if not url.startswith("data:")}
        found, wanted = found + len(got & want), wanted + len(want)
        if not row.get("partial"):
            right, listed = right + len(got & want), listed + len(got)
        for url in sorted(want - got):
            print(f"missed on {row['url']}: {url}")
        for url in sorted(got - want if not row.get("partial") else ()):
            print(f"too much on {row['url']}: {url}")
    print(f"recall {found}/{wanted} = {found / max(1, wanted):.4f}; precision {right}/{listed} = {right / max(1, listed):.4f}")


if __name__ == "__main__":
    main()
