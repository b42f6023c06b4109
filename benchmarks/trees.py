"""Pages a CPU second: the whole tree with names and its document beside trafilatura and resiliparse; growth; tokens and words kept.

    python benchmarks/trees.py --shared ../shared             # everything; needs `pip install trafilatura lxml_html_clean resiliparse`
    python benchmarks/trees.py --shared ../shared --rounds 1 --only speed

speed   Every tool reads the same decoded pages in a fresh process of its own (no cache of an earlier round helps), tools taking turns;
        the median round counts. Garbage collection is as Python sets it, for all. CPU time of the process, decoding not included.
growth  Generated pages of 1,000 to 1,000,000 nodes, 5,000 nested elements, 1 MB and 20 MB of paragraphs with links.
tokens  Characters over 4 of the document beside the raw HTML and trafilatura's text; and which share of the words of the corpus' gold
        questions is in the document (pages that need no browser).
"""

import argparse
import gc
import gzip
import json
import logging
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from vwi_lake.web.charset import decode
from vwi_lake.web.trees import build_tree

Pages = list[tuple[str, str]]
Tool = Callable[[str, str], str]
WORD = re.compile(r"[^\W_]+")


def ours(html: str, url: str) -> str:
    return build_tree(html, url).document()


def tools() -> dict[str, Tool]:
    found: dict[str, Tool] = {"vwi_lake": ours}
    try:
        import trafilatura

        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
        found["trafilatura"] = lambda html, url: trafilatura.extract(html, url=url) or ""
    except ImportError:
        print("trafilatura is not installed", file=sys.stderr)
    try:
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLTree

        found["resiliparse"] = lambda html, url: extract_plain_text(HTMLTree.parse(html), main_content=True)
    except ImportError:
        print("resiliparse is not installed", file=sys.stderr)
    return found


def corpus(shared: Path) -> Pages:
    rows = [json.loads(line) for line in (shared / "corpus/manifest.jsonl").read_text().splitlines()]
    return [(decode((shared / "corpus" / row["file"]).read_bytes(), None), row["url"]) for row in rows]


def articles(shared: Path) -> Pages:
    truth = json.loads((shared / "suites/articles/ground-truth.json").read_text())
    folder = shared / "suites/articles/html"
    return [
        (decode(gzip.decompress((folder / f"{k}.html.gz").read_bytes()), None), v.get("url") or "http://x.example/")
        for k, v in truth.items()
    ]


def one_round(shared: Path, name: str) -> None:
    """Seconds of one tool on each set, as JSON on standard output."""
    seconds, tool = {}, tools()[name]
    for label, pages in (("corpus", corpus(shared)), ("articles", articles(shared))):
        tool("<p>Imports and patterns are not what is measured.</p>", "http://x.example/")
        gc.collect()
        started = time.process_time()
        for page in pages:
            tool(*page)
        seconds[label] = len(pages), time.process_time() - started
    print(json.dumps(seconds))


def speed(shared: Path, rounds: int) -> None:
    results: dict[str, list[dict[str, tuple[int, float]]]] = {name: [] for name in tools()}
    for _ in range(rounds):
        for name, found in results.items():
            command = [sys.executable, __file__, "--shared", str(shared), "--only", "round", "--tool", name]
            found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    for label in ("corpus", "articles", "both"):
        sets = ("corpus", "articles") if label == "both" else (label,)
        rates = {name: [sum(r[s][0] for s in sets) / sum(r[s][1] for s in sets) for r in found] for name, found in results.items()}
        said = ", ".join(f"{name} {statistics.median(r):.1f} ({min(r):.1f}-{max(r):.1f})" for name, r in rates.items())
        print(f"{label}, pages a CPU second, median of {rounds}: {said}")
        if "trafilatura" in rates:
            times = statistics.median(rates["vwi_lake"]) / statistics.median(rates["trafilatura"])
            print(f"{label}: {times:.2f} times trafilatura")


def growth() -> None:
    paragraph = "<p>Some words <a href='/x'>and a link</a> in a row of words</p>\n"
    sizes = {f"{n:,} nodes": "<h1>T</h1>" + paragraph * (n // 5) for n in (1_000, 10_000, 100_000, 1_000_000)}
    sizes |= {"5,000 deep": "<div>" * 5_000 + "deep"} | {f"{m} MB": paragraph * (m * 1_000_000 // len(paragraph)) for m in (1, 20)}
    for label, html in sizes.items():
        gc.collect()
        gc.freeze()
        started = time.process_time()
        tree = build_tree(html, "http://x.example/")
        tree.document()
        spent, n = time.process_time() - started, len(tree.nodes)
        print(f"{label}: {len(html):,} characters, {n:,} nodes, {spent:.3f} CPU s, {spent / n * 1e6:.2f} µs a node")
        del tree


def tokens(shared: Path) -> None:
    running, size = tools(), Counter[str]()
    pages = corpus(shared)
    for html, url in pages:
        size["raw HTML"] += len(html)
        for name in ("vwi_lake", "trafilatura"):
            if name in running:
                size[name] += len(running[name](html, url))
    print("tokens a page of the corpus (characters / 4): " + ", ".join(f"{k} {v / 4 / len(pages):,.0f}" for k, v in size.items()))
    read = [json.loads(line) for line in (shared / "corpus/manifest.jsonl").read_text().splitlines()]
    gold = {g["page_id"]: g["qa"] for g in map(json.loads, (shared / "corpus/gold.jsonl").read_text().splitlines())}
    kept: Counter[str] = Counter()
    for (html, url), row in zip(pages, read, strict=True):
        if row["js_needed"] or row["page_id"] not in gold:
            continue
        wanted = Counter(WORD.findall(" ".join(pair["question"] for pair in gold[row["page_id"]]).lower()))
        kept["words"] += sum(wanted.values())
        for name in ("vwi_lake", "trafilatura"):
            if name in running:
                kept[name] += sum((wanted & Counter(WORD.findall(running[name](html, url).lower()))).values())
    print("words of gold questions in it: " + ", ".join(f"{k} {v / kept['words']:.4f}" for k, v in kept.items() if k != "words"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared", help="folder with corpus/ and suites/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("speed", "growth", "tokens", "round"), help="round: one round of speed, as JSON")
    parser.add_argument("--tool", default="vwi_lake", help="with --only round")
    options = parser.parse_args()
    if options.only == "round":
        one_round(options.shared, options.tool)
    if options.only in (None, "speed"):
        speed(options.shared, options.rounds)
    if options.only in (None, "growth"):
        growth()
    if options.only in (None, "tokens"):
        tokens(options.shared)


if __name__ == "__main__":
    main()
