"""How well web/scripted.py tells pages that need a browser from those that do not, by a manifest that says which do.

python benchmarks/scripted_pages.py ../shared/corpus      # a folder with a manifest.jsonl: file, js_needed
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from vwi_lake.web.charset import decode
from vwi_lake.web.scripted import needs_browser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    pages = [(row["js_needed"], decode((folder / row["file"]).read_bytes(), None), row["page_id"]) for row in rows]
    started = time.process_time()
    told = [needs_browser(html) for _, html, _ in pages]
    spent_s = time.process_time() - started
    counts = Counter((needed, reason is not None) for (needed, _, _), reason in zip(pages, told, strict=True))
    hit, false, missed = counts[True, True], counts[False, True], counts[True, False]
    print(f"{len(pages)} pages, {1000 * spent_s / len(pages):.2f} ms each: precision {hit / max(1, hit + false):.3f} ({false} false), "
          f"recall {hit / max(1, hit + missed):.3f} ({missed} missed)")  # fmt: skip
    for (needed, _, name), reason in zip(pages, told, strict=True):
        if needed != (reason is not None):
            print("missed" if needed else "false ", name, reason or "")


if __name__ == "__main__":
    main()
