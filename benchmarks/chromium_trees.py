"""Our roles and names beside Chromium's own accessibility tree, on saved pages with their style sheets.

    python benchmarks/chromium_trees.py ../shared/corpus              # all pages; --pages 40 for every sixth or so
    python benchmarks/chromium_trees.py ../shared/corpus --misses 40  # the pairs that differ most often

CORPUS holds manifest.jsonl (`url`, `file`) and sites/<host>/<path>. Chromium runs without JavaScript; every request is answered from the
saved files or aborted, nothing is dialled. Its tree is Accessibility.getFullAXTree of the DevTools protocol.

Rules, fixed before the first full run. Three of them, marked *, were set after a trial on 28 of these pages had shown what differed, so
they favour us on pages that we had seen:
- A page with fewer than 20 words of static text in Chromium is blank (its content comes by script) and left out, counted.
- A page's two trees are compared as multisets: of roles, and of (role, name); names with white space collapsed. F1 is over all pages' sums.
- Left out on both sides: ignored nodes, roles without a meaning of their own (generic, none, presentation), the document itself, and
  Chromium's internal roles that ARIA does not know (boxes of text, markers, line breaks, captions' parts, MathML's and SVG's insides).
- Chromium's guess that a table serves layout depends on its style: LayoutTable, -Row and -Cell count as table, row and cell.
- img and image, directory and list are one role each. A row group is ignored by Chromium's choice, so on both sides.
- Words: those of Chromium's static text that our tree's text holds, over all of Chromium's.
- * Words are runs of letters and runs of digits: "H<sub>2</sub>O" is three texts in Chromium.
- * The insides of MathML are left out of the words: our tree has the formula in LaTeX.
- * An empty <p> is not exposed, as in Chromium: `exposed()` leaves it out.
"""

import argparse
import json
import mimetypes
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Page, Route, sync_playwright

from vwi_lake.providers.browser import find_browser
from vwi_lake.web.charset import decode
from vwi_lake.web.trees import build_tree, exposed

BLANK = 20
WORD = re.compile(r"[^\W\d_]+|\d+")
SAME = {"img": "image", "directory": "list", "LayoutTable": "table", "LayoutTableRow": "row", "LayoutTableCell": "cell", "gridcell": "cell"}
LEFT_OUT = {"generic", "none", "presentation", "document", "rowgroup", "text", "math"}
Bag = Counter[tuple[str, str]]


def answer(route: Route, folder: Path) -> None:
    """A request from the saved files, or nothing."""
    parts = urlsplit(route.request.url)
    path = folder / "sites" / (parts.hostname or "-") / unquote(parts.path).lstrip("/")
    path = path / "index.html" if path.is_dir() else path
    if parts.scheme in ("http", "https") and path.is_file():
        route.fulfill(path=path, content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    else:
        route.abort()


def of_chromium(page: Page, url: str, body: bytes) -> tuple[Bag, Counter[str]]:
    """(role, name) of each node that is not ignored, and the words of static text."""
    page.route(url, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(url, wait_until="load", timeout=30_000)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    page.unroute(url)
    bag, words = Bag(), Counter[str]()
    formulas = set[str]()  # ids of nodes in MathML; parents come first
    for node in nodes:
        role, name = node.get("role", {}).get("value", ""), str(node.get("name", {}).get("value", ""))
        if role.startswith("MathML") or role == "math" or node.get("parentId") in formulas:
            formulas.add(node["nodeId"])
        if node.get("ignored") or node["nodeId"] in formulas:
            continue
        if role == "StaticText":
            words.update(WORD.findall(name.lower()))
        elif keep(role):
            bag[SAME.get(role, role), " ".join(name.split())] += 1
    return bag, words


def keep(role: str) -> bool:
    return bool(role) and SAME.get(role, role).islower() and role not in LEFT_OUT


def of_ours(html: str, url: str, quick: bool) -> tuple[Bag, Counter[str]]:
    tree = build_tree(html, url)
    found = tree.nodes if quick else exposed(html)
    bag = Bag((SAME.get(d.role, d.role), " ".join(d.name.split())) for d in found if keep(d.role))
    return bag, Counter(WORD.findall(tree.inner_text(tree.root).lower()))


def roles(bag: Bag) -> Counter[str]:
    found = Counter[str]()
    for (role, _), n in bag.items():
        found[role] += n
    return found


def f1(both: int, ours: int, theirs: int) -> str:
    return f"{2 * both / max(1, ours + theirs):.4f} (precision {both / max(1, ours):.4f}, recall {both / max(1, theirs):.4f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", type=int, default=0, help="how many, evenly spread; 0 for all")
    parser.add_argument("--quick", action="store_true", help="compare the nodes of build_tree; else what exposed() lists")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--by-page", action="store_true", help="a line for each page below .9")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.corpus / "manifest.jsonl").read_text().splitlines()]
    rows = rows[:: max(1, len(rows) // options.pages)] if options.pages else rows
    total, misses, lost, compared, blank = Counter[str](), Counter[tuple[str, str, str]](), Counter[str](), 0, 0
    with sync_playwright() as playwright:
        path = find_browser()
        arguments = ["--host-resolver-rules=MAP * ~NOTFOUND", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=str(path) if path else None, args=arguments)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.route("**/*", lambda route: answer(route, options.corpus))
        for row in rows:
            body = (options.corpus / row["file"]).read_bytes()
            html = decode(body, None)
            theirs, said = of_chromium(page, row["url"], ("\ufeff" + html).encode(errors="replace"))
            if said.total() < BLANK:
                blank += 1
                continue
            ours, words = of_ours(html, row["url"], options.quick)
            compared += 1
            lost += said - words
            both, both_roles = (ours & theirs).total(), (roles(ours) & roles(theirs)).total()
            total += Counter(both=both, roles=both_roles, ours=ours.total(), theirs=theirs.total())
            total += Counter(words=said.total(), kept=(said & words).total())
            misses.update({("ours", *pair): n for pair, n in (ours - theirs).items()})
            misses.update({("chromium's", *pair): n for pair, n in (theirs - ours).items()})
            if options.by_page and (2 * both < 0.9 * (ours.total() + theirs.total()) or (said - words).total() > 0.02 * said.total()):
                print(f"words lost {(said - words).total()} of {said.total()}", end=" ")
                print(f"{row['page_id']}: both {both}, ours {ours.total()}, Chromium's {theirs.total()}")
        browser.close()
    print(f"{compared} pages, {blank} blank ones left out; nodes: ours {total['ours']}, Chromium's {total['theirs']}")
    print("role F1", f1(total["roles"], total["ours"], total["theirs"]))
    print("role and name F1", f1(total["both"], total["ours"], total["theirs"]))
    print(f"word recall {total['kept'] / max(1, total['words']):.4f}")
    by_role = Counter[tuple[str, str]]()
    for (side, role, _), n in misses.items():
        by_role[side, role] += n
    for word, n in lost.most_common(options.misses):
        print(f"word of Chromium's only: {n} x {word}")
    if options.misses:
        print("by role:", ", ".join(f"{side} {role} {n}" for (side, role), n in by_role.most_common(30)))
    for (side, role, name), n in misses.most_common(options.misses):
        print(f"only {side}: {n} x {role} {name[:80]!r}")


if __name__ == "__main__":
    main()
