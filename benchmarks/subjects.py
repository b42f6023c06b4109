"""How often gold.subjects tells the subject that a corpus gives for most questions of a pair's page.

python benchmarks/subjects.py ../shared/corpus ./lake      # a lake made by: vwi run --web ../shared/corpus/sites --search all
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings

AS_THE_PAPER = {"Statistics": "Math", "Psychology": "Humanities"}  # it has nine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("lake", type=Path)
    given = parser.parse_args()
    urls = {row["page_id"]: row["url"] for row in rows(given.corpus / "manifest.jsonl")}
    told = {urls[row["page_id"]]: most([q["subject"] for q in row["qa"]]) for row in rows(given.corpus / "gold.jsonl") if row["qa"]}
    lake = Lake.open(LakeSettings(path=str(given.lake)))
    found = lake.query(
        "select page_url, domain, subject from gold.subjects join silver.qa_pairs using (qa_id) join silver.pages on url = page_url"
    )
    per_site: dict[str, Counter[bool]] = defaultdict(Counter)
    wrong: Counter[tuple[str, str]] = Counter()
    for url, domain, subject in found.rows():
        if url in told:
            right = AS_THE_PAPER.get(told[url], told[url])
            per_site[domain][subject == right] += 1
            wrong[right, subject] += subject != right
    total = sum(per_site.values(), Counter())
    by_site = sum(c[True] / c.total() for c in per_site.values()) / len(per_site)
    print(f"{total.total()} pairs of {len(per_site)} sites: {total[True] / total.total():.3f} right, by site {by_site:.3f}")
    for (right, subject), n in wrong.most_common(8):
        print(f"{n:5} {right} taken for {subject}")


def most(subjects: list[str]) -> str:
    return Counter(subjects).most_common(1)[0][0]


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
