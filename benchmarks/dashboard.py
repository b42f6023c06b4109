"""The dashboard on a generated lake: seconds to index, to list, filter and search, and to a first paint in Chromium.

python benchmarks/dashboard.py --lake DIR [--pairs 1000000]

Beside it, the alternative: the same filters and searches asked of the lake's own tables, without the index.
Words are drawn as Zipf has it from 50,000; a question has 40, an answer 100; a page 10 pairs, a site 200 pages.
"""

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import uvicorn

from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.panels import PANELS
from vwi_lake.dashboard.server import listen, make_app
from vwi_lake.lake import Lake
from vwi_lake.providers.browser import find_browser
from vwi_lake.run import Run
from vwi_lake.settings import LakeSettings, Settings

CHUNK = 100_000
SYLLABLES = ["ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "le", "mu", "na", "po", "ri", "se", "tu", "va", "wo", "xi", "ye", "zu"]
SUBJECTS = ["Math", "Physics", "Chemistry", "Biology", "Computer Science", "Finance", "Economics", "Engineering", "Others"]
FILTERS = {
    "all kept": {"rejected_because": "none"},
    "a subject": {"rejected_because": "none", "subject": "Physics"},
    "a site": {"domain": "site77.example"},
    "visual, synthesized": {"rejected_because": "none", "is_visual": "true", "answer_source": "synthesized"},
    "three of four agree": {"rejected_because": "none", "agreement": "3/4"},
    "a reason": {"rejected_because": "no_majority"},
}
SEARCHES = {"a frequent word": 0, "a rare word": 40_000, "a beginning": None}


def vocabulary(n: int = 50_000) -> np.ndarray:
    """Words of two to four syllables, each another number in base 20."""

    def spelled(i: int) -> str:
        return SYLLABLES[i % 20] + (spelled(i // 20 - 1) if i >= 20 else "")

    return np.array([spelled(i + 20) for i in range(n)])


def texts(rng: np.random.Generator, words: np.ndarray, n: int, length: int) -> pl.Series:
    drawn = np.exp(rng.random(n * length) * np.log(len(words))).astype(np.int64) - 1
    return pl.Series(words).gather(drawn).reshape((n, length)).arr.join(" ")


def generate(place: str, n: int) -> None:
    """A lake of n candidate pairs, of which two thirds are kept; verdicts and gold are written as they are, no rule is run."""
    with Run(Settings(lake=LakeSettings(path=place), web=("demo",), seeds="demo")) as going:
        going.finish()  # makes every table, empty
        lake, words = going.lake, vocabulary()
        for start in range(0, n, CHUNK):
            lake.show("made", chunk(np.random.default_rng(start), words, start, min(CHUNK, n - start)))
            lake._write(lambda: fill(lake))
        lake._write(lambda: finish(lake))


def chunk(rng: np.random.Generator, words: np.ndarray, start: int, n: int) -> pl.DataFrame:
    number = pl.int_range(start, start + n, eager=True)
    return pl.DataFrame(
        {
            "number": number,
            "question": texts(rng, words, n, 40),
            "answer": texts(rng, words, n, 100),
            "chance": rng.random(n),
            "other": rng.random(n),
        }
    )


PAIRS = """
select
  left(sha256(number::varchar), 20) as qa_id,
  'http://site' || (number // 2000) || '.example/page' || (number // 10) || '.html' as page_url,
  'markup' as extractor,
  number % 10 as position,
  question,
  answer as solution,
  if(other < 0.4, ['http://img.example/' || number || '.png'], [])::varchar[] as question_images,
  if(other < 0.4, [{'sha256': sha256('image' || number), 'format': 'png'}], []) as question_files,
  'exercise_class' as cue,
  1.0 as on_page,
  chance,
  other,
  number,
from made
"""
PLAIN = "* exclude (chance, other, number)"
SOURCE = "if(other > 0.5, 'synthesized', 'web') as answer_source"
SITE = "'site' || (number // 2000) || '.example'"
FILLED = {
    "verdicts.qa_candidates": f"select {PLAIN}, if(chance > 0.95, 'duplicate_on_page', null) as rejected_because from pairs",
    "verdicts.qa_pairs": f"select {PLAIN}, if(chance > 0.9, 'judged_invalid', null) as rejected_because from pairs where chance <= 0.95",
    "verdicts.aligned_answers": f"""
        select qa_id, solution as answer, left(solution, 12) as short_answer, {SOURCE},
          'aligned' as verdict, 2 + (number % 3) as n_agreeing, 4 as n_drafts, if(chance > 0.75, 'no_majority', null) as rejected_because
        from pairs where chance <= 0.9""",
    "verdicts.answers": "select qa_id, solution as answer, 3 as n_agreeing, 4 as n_drafts from pairs where chance <= 0.9",
    "verdicts.unique_pairs": "select qa_id, if(chance > 0.7, 'near_duplicate', null) as rejected_because from pairs where chance <= 0.75",
    "verdicts.clean_pairs": "select qa_id from pairs where chance <= 0.75",
    "gold.subjects": f"select qa_id, {SUBJECTS}[1 + number % 9] as subject, 0.9 as share from pairs where chance <= 0.9",
    "gold.dataset": f"""
        select qa_id, page_url, question, solution as answer, {SOURCE}, {SUBJECTS}[1 + number % 9] as subject,
          list_transform(question_files, lambda f: f.sha256) as images, other < 0.4 as is_visual, 'train' as split,
          2 + (number % 3) as n_agreeing, 4 as n_drafts, {SITE} as domain, 1 as round
        from pairs where chance <= 0.7""",
    "verdicts.pages": f"""
        select distinct on (page_url) page_url as url, page_url as final_url, {SITE} as host, host as domain, 200 as status,
          sha256(page_url) as body_sha, 20000 as size_bytes, if(number % 50 = 0, 'http_status', null) as rejected_because from pairs""",
    "verdicts.trees": "select distinct on (page_url) page_url as url, sha256(page_url) as body_sha, 500 as n_words from pairs",
    "verdicts.urls": f"""
        select {SITE} as host, host as domain, page_url, page_url as url, 'all' as provider, 1 as rank, 1 as round,
          if(position > 4, 'duplicate_url', null) as rejected_because from pairs""",
    "verdicts.images": """
        select question_images[1] as image_url, question_files[1].sha256 as sha256, 640 as width, 480 as height,
          if(number % 30 = 0, 'too_small', null) as rejected_because from pairs where other < 0.4""",
    "bronze.page_fetches": """
        select distinct on (page_url) page_url as url, 200 as status, 'run' as run_id, if(number % 50 = 0, 'timeout', null) as error,
          '2026-01-01'::timestamptz + interval (number // 100) second as asked_at from pairs""",
    "bronze.image_fetches": """
        select question_images[1] as image_url, question_files[1].sha256 as sha256, 'run' as run_id,
          '2026-01-02'::timestamptz + interval (number // 200) second as asked_at from pairs where other < 0.4""",
    "bronze.answer_drafts": """
        select qa_id, unnest(range(4)) as sample, 'model' as drafter, left(solution, 40) as answer, 'run' as run_id,
          '2026-01-03'::timestamptz + interval (number // 50) second as asked_at from pairs where chance <= 0.9""",
    "bronze.llm_calls": """
        select sha256(qa_id || call) as request_hash, 'draft_answers' as stage, qa_id as subject_id, 'model' as model, '' as prompt_hash,
          'ok' as outcome, 1 as attempts, 0 as possibly_paid, 400 as prompt_tokens,
          200 as completion_tokens, 0 as cached_tokens, 0.0002 as cost_usd,
          1.5 as latency_s, 'run' as run_id, '2026-01-03'::timestamptz + interval (number // 50) second as asked_at
        from (select *, unnest(range(4)) as call from pairs where chance <= 0.9)""",
}


def fill(lake: Lake) -> None:
    lake.connection.execute(f"create or replace temp table pairs as {PAIRS}")
    for name, sql in FILLED.items():
        lake.connection.execute(f"insert into {name} by name {sql.replace('from pairs', 'from temp.pairs')}")


def finish(lake: Lake) -> None:
    """Tables in the order and the one file that a rebuild would leave; what is small is computed by its own SQL."""
    for name in FILLED:
        order = "qa_id" if name in ("gold.dataset", "gold.subjects") else "1"
        if not name.startswith("bronze."):
            lake.connection.execute(f"create or replace table {name} as select * from {name} order by {order}")
    for name in ("gold.costs", "gold.domains", "gold.round_yields"):
        lake.connection.execute(f"create or replace table {name} as {lake.rules.models[name]}")


@contextmanager
def served(board: Board) -> Iterator[str]:
    """The dashboard's address; it listens in a thread of this process."""
    listening = listen(0)
    server = uvicorn.Server(uvicorn.Config(make_app(board), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def timed(name: str, work: Callable[[], object], times: int = 5) -> None:
    """Wall time, and processor time of all threads: on a busy machine only that compares."""
    seconds, busy = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        work()
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
    best, median, cpu = (1000 * x for x in (min(seconds), statistics.median(seconds), statistics.median(busy)))
    print(f"  {name:44} best {best:7.0f} ms   median {median:7.0f} ms   processor {cpu:7.0f} ms", flush=True)


def searched(words: np.ndarray, rank: int | None) -> str:
    return str(words[rank]) if rank is not None else str(words[30_000])[:5]


def ask_index(board: Board) -> None:
    words = vocabulary()
    middle = board.pairs({})["total"] // 2
    print("with the index")
    for name, filters in FILTERS.items():
        timed(name, lambda filters=filters: board.pairs(filters))
        timed(f"{name}, from the middle on", lambda filters=filters: board.pairs(filters, after=middle))
    for name, rank in SEARCHES.items():
        timed(name, lambda rank=rank: board.pairs({}, searched(words, rank)))
    timed("two words, a subject, visual", lambda: board.pairs({"subject": "Physics", "is_visual": "true"}, f"{words[3]} {words[90]}"))
    timed("values of the filters", board.facets)
    pair = board.pairs(FILTERS["all kept"], after=middle)["pairs"][0]
    timed("a pair with all that is known of it", lambda: board.pair(pair["qa_id"]))


def ask_lake(board: Board) -> None:
    words = vocabulary()
    print("the lake's own tables")
    shown = "select qa_id, left(question, 400), answer_source from gold.dataset"
    for name, condition in {
        "all kept": "true",
        "a subject": "subject = 'Physics'",
        "a site": "domain = 'site77.example'",
        "a rare word": f"question ilike '% {words[40_000]} %' or answer ilike '% {words[40_000]} %'",
    }.items():

        def ask(where: str = condition) -> None:
            board.lake.look(f"{shown} where {where} order by qa_id limit 50")
            board.lake.look(f"select count(*) from gold.dataset where {where}")

        timed(name, ask, 3)


def paint(url: str) -> None:
    """First contentful paint, and the time until the view has its data, each in a new browser context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for view in ("yields", "pairs", "pairs?subject=Physics&is_visual=true", "work", "yields", "pairs"):
            page = browser.new_context().new_page()
            began = time.perf_counter()
            page.goto(f"{url}#/{view}")
            page.locator("main[data-ready]").wait_for(timeout=120_000)
            whole = time.perf_counter() - began
            painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            print(f"  {view:44} paint {painted:8.0f} ms   whole  {1000 * whole:8.0f} ms", flush=True)
            page.context.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    given = parser.parse_args()
    if not (Path(given.lake) / "catalog.sqlite").exists():
        began = time.perf_counter()
        generate(given.lake, given.pairs)
        print(f"generated in {time.perf_counter() - began:.0f} s")
    board = Board.open(Settings(lake=LakeSettings(path=given.lake)))
    for old in board.folder.glob("*.duckdb"):
        old.unlink()
    began, worked = time.perf_counter(), time.process_time()
    index = board.index()
    assert index
    print(f"index of {board.pairs({})['total']:,} pairs: {time.perf_counter() - began:.1f} s", flush=True)
    index.has_words.wait()
    size = sum(path.stat().st_size for path in board.folder.glob("*.duckdb"))
    told = f"{time.perf_counter() - began:.1f} s, processor {time.process_time() - worked:.1f} s, {size / 1e6:.0f} MB"
    print(f"with their words: {told}", flush=True)
    ask_index(board)
    print("panels, each alone and for the first time")
    for name in PANELS:
        timed(name, lambda name=name: board.panel(name), 1)
    ask_lake(board)
    if find_browser():
        print("in Chromium")
        with served(board) as url:
            paint(url)
    board.close()


if __name__ == "__main__":
    main()
