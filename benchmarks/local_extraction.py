"""A small real model reads ten pages of a corpus: what it copies, what is refused and why, and the score.

VWI_LOCAL_MODEL=model.gguf python benchmarks/local_extraction.py ../shared/corpus ../shared/tools/score_extraction.py

See benchmarks/local_model.py; nothing happens without a model. Pages are the shortest of each site that marks questions.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local_model import MODEL, is_there, serving

from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import ExtractSettings, FetchSettings, LakeSettings, LlmSettings, SearchSettings, Settings

STAGES = ("load_seeds", "search_images", "fetch_pages", "build_trees", "extract_qa")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--read", type=int, default=1000, help="tokens of a page that are read; its first part only")
    parser.add_argument("--told", type=int, default=400, help="tokens of a reply at most")
    given = parser.parse_args()
    if not is_there():
        raise SystemExit(f"set {MODEL} to a GGUF file")
    with tempfile.TemporaryDirectory() as folder, serving(4 * given.read) as base_url:
        os.environ |= {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none"}
        part = Path(folder) / "corpus"
        chosen = shortest(given.corpus, given.pages)
        copy(given.corpus, part, chosen)
        began = time.perf_counter()
        with Run(settings_of(Path(folder), given.read, given.told), choose(STAGES)) as going:
            for _, stages in going.rounds():
                for stage in stages:
                    for rows in going.pending(stage):
                        going.ask(stage, rows)
            going.finish()
            tell(going.lake, part / "pairs.jsonl")
        print(f"{len(chosen)} pages in {time.perf_counter() - began:.0f} s")
        subprocess.run([sys.executable, given.scorer, part, part / "pairs.jsonl"], check=True)


def shortest(corpus: Path, count: int) -> list[dict]:
    """The shortest page of each site, then the second shortest, of those with gold that need no browser."""
    asked = {page["page_id"] for page in lines(corpus / "gold.jsonl") if page["qa"]}
    pages = [page for page in lines(corpus / "manifest.jsonl") if page["page_id"] in asked and not page["js_needed"]]
    turns: dict[str, int] = {}
    ranked = []
    for page in sorted(pages, key=lambda page: page["bytes"]):
        turns[page["site"]] = turn = turns.get(page["site"], 0) + 1
        ranked.append((turn, page["bytes"], page))
    return [page for _, _, page in sorted(ranked, key=lambda one: one[:2])[:count]]


def copy(corpus: Path, part: Path, chosen: list[dict]) -> None:
    """The chosen pages, their manifest and gold, as a corpus of their own."""
    for page in chosen:
        (part / page["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(corpus / page["file"], part / page["file"])
    ids = {page["page_id"] for page in chosen}
    for name in ("manifest.jsonl", "gold.jsonl"):
        (part / name).write_text("".join(json.dumps(page) + "\n" for page in lines(corpus / name) if page["page_id"] in ids))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def settings_of(folder: Path, read: int, told: int) -> Settings:
    return Settings(
        lake=LakeSettings(path=str(folder / "lake")),
        web=(str(folder / "corpus" / "sites"),),
        search=SearchSettings(provider="all"),
        fetch=FetchSettings(browser=False),
        llm=LlmSettings(model="local", in_flight=1, timeout_s=900.0, reply_tokens={"extract_qa": told}),
        extract=ExtractSettings(extractors=("llm",), max_tokens=read, most_parts=1),
    )


TOLD_OF = """
    select url, coalesce(error, 'read') as outcome, coalesce(len(pairs), 0) as told, count(qa_id) filter (broken_by is null) as kept,
      coalesce(string_agg(distinct broken_by, ', '), '-') as refused
    from bronze.qa_extractions left join silver.qa_candidates on page_url = url
    where qa_extractions.extractor = 'llm'
    group by all
    order by url
"""
KEPT = "select page_url, question, solution, question_images, solution_images from silver.qa_candidates where broken_by is null"


def tell(lake: Lake, pairs: Path) -> None:
    """A line a page; the pairs that are kept go to the scorer."""
    for row in lake.query(TOLD_OF).to_dicts():
        print("{url:.70} {outcome}: told {told}, kept {kept}, refused: {refused}".format(**row), flush=True)
    pairs.write_text("".join(json.dumps(row) + "\n" for row in lake.query(KEPT).to_dicts()), encoding="utf-8")


if __name__ == "__main__":
    main()
